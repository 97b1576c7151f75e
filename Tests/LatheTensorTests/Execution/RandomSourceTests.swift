import LatheTensor
import Testing

@Suite("Random numbers")
struct RandomSourceTests {
    /// Sizes around blocks of 64 and chunks of 16,384.
    private static let counts = [1, 63, 64, 65, 1000, 16_384, 16_385, 50_021]

    private func draw(_ count: Int, seed: UInt64) -> [Tensor] {
        let source = RandomSource(seed: seed)
        return [
            .randomUniform([count], in: -1..<3, from: source),
            .randomNormal([count], mean: 1, deviation: 2, from: source),
        ]
    }

    @Test("The same seed gives the same numbers, another seed others")
    func seeds() {
        #expect(draw(1000, seed: 7).map(\.floatArray) == draw(1000, seed: 7).map(\.floatArray))
        #expect(draw(1000, seed: 7)[0].floatArray != draw(1000, seed: 8)[0].floatArray)
    }

    @Test("Seeds that differ in high bits only differ")
    func highBits() {
        #expect(draw(100, seed: 1)[0].floatArray != draw(100, seed: 1 << 63 | 1)[0].floatArray)
    }

    @Test("Short draws are the beginning of long ones", arguments: counts)
    func prefix(count: Int) {
        for (short, long) in zip(draw(count, seed: 5), draw(60_000, seed: 5)).prefix(1) {
            #expect(short.floatArray == Array(long.floatArray[..<count]))
        }
        let normal = Tensor.randomNormal([count], from: RandomSource(seed: 5)).floatArray
        #expect(normal == Array(Tensor.randomNormal([60_000], from: RandomSource(seed: 5)).floatArray[..<count]))
    }

    @Test("A draw in pieces of whole blocks equals one draw", arguments: [64, 128, 16_384])
    func pieces(size: Int) {
        let source = RandomSource(seed: 5)
        let pieces = (0..<3).flatMap { _ in Tensor.randomUniform([size], in: 0..<1, from: source).floatArray }
        #expect(pieces == Tensor.randomUniform([3 * size], in: 0..<1, from: RandomSource(seed: 5)).floatArray)
    }

    @Test("Draws that follow each other do not overlap")
    func distinct() {
        let source = RandomSource(seed: 5)
        let first = Tensor.randomUniform([65], in: 0..<1, from: source).floatArray
        let second = Tensor.randomUniform([65], in: 0..<1, from: source).floatArray
        #expect(Set(first).intersection(second).isEmpty)
    }

    @Test("A source goes on from a state that was kept")
    func state() {
        let source = RandomSource(seed: 9)
        _ = Tensor.randomUniform([100], in: 0..<1, from: source)
        let state = source.state
        #expect(state == RandomSource.State(seed: 9, block: 2))
        let next = Tensor.randomNormal([100], from: source)
        expectClose(Tensor.randomNormal([100], from: RandomSource(state)), next, .exact)
        source.state = state
        expectClose(Tensor.randomNormal([100], from: source), next, .exact)
    }

    @Test("A position beyond 2³² blocks is not the one 2³² before")
    func farPositions() {
        let near = Tensor.randomUniform([64], in: 0..<1, from: RandomSource(.init(seed: 1, block: 3)))
        let far = Tensor.randomUniform([64], in: 0..<1, from: RandomSource(.init(seed: 1, block: 1 << 32 | 3)))
        #expect(near.floatArray != far.floatArray)
    }

    @Test("The current source is the one given for a scope")
    func scope() {
        let drawn = withRandomSource(RandomSource(seed: 3)) { Tensor.randomUniform([10], in: 0..<1) }
        expectClose(drawn, Tensor.randomUniform([10], in: 0..<1, from: RandomSource(seed: 3)), .exact)
    }

    @Test("Uniform numbers fill their range evenly")
    func uniform() {
        let x = Tensor.randomUniform([100_003], in: -1..<3, from: RandomSource(seed: 21)).floatArray.map(Double.init)
        #expect(x.allSatisfy { $0 >= -1 && $0 < 3 })
        checkMoments(x, mean: 1, variance: 16.0 / 12, fourth: 9.0 / 5)
        for part in 0..<8 {
            let low = -1 + Double(part) / 2
            // Four standard deviations of a binomial count with p = 1/8.
            let count = Double(x.count { $0 >= low && $0 < low + 0.5 }), expected = Double(x.count) / 8
            #expect(abs(count - expected) < 4 * (expected * 7 / 8).squareRoot())
        }
    }

    @Test("Normal numbers have the mean, deviation and kurtosis asked for")
    func normal() {
        let x = Tensor.randomNormal([100_003], mean: 2, deviation: 3, from: RandomSource(seed: 22)).floatArray.map(
            Double.init)
        #expect(x.allSatisfy { $0.isFinite })
        checkMoments(x, mean: 2, variance: 9, fourth: 3)
        let within = Double(x.count { abs($0 - 2) < 3 }) / Double(x.count)
        #expect(abs(within - 0.6827) < 0.006)
    }

    /// Mean and variance within four standard errors, kurtosis within 5%.
    private func checkMoments(
        _ x: [Double], mean: Double, variance: Double, fourth: Double, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let count = Double(x.count)
        let found = x.reduce(0, +) / count
        let second = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
        let kurtosis =
            x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) * ($1 - mean) * ($1 - mean) } / count / (second * second)
        #expect(abs(found - mean) < 4 * (variance / count).squareRoot(), sourceLocation: sourceLocation)
        #expect(
            abs(second - variance) < 4 * variance * ((fourth - 1) / count).squareRoot(), sourceLocation: sourceLocation)
        #expect(abs(kurtosis / fourth - 1) < 0.05, sourceLocation: sourceLocation)
    }

    @Test("Tensors that are not filled leave the source where filling them would")
    func withoutNumbers() {
        let (filled, empty) = (RandomSource(seed: 5), RandomSource(seed: 5))
        _ = Tensor.randomNormal([3, 70], from: filled)
        _ = withoutRandomNumbers { Tensor.randomNormal([3, 70], from: empty) }
        #expect(filled.state == empty.state)
    }
}
