import LatheTensor
import Testing

@Suite("Dropout")
struct DropoutTests {
    @Test("Elements are zero or divided by what is kept", arguments: [0.1, 0.5, 0.9] as [Float])
    func values(rate: Float) {
        let x = numbers([67, 131], in: 1...2)
        let y = x.dropout(rate, from: RandomSource(seed: 3))
        let kept = zip(x.floatArray, y.floatArray).allSatisfy { $1 == 0 || abs($1 - $0 / (1 - rate)) <= 1e-6 * $1 }
        #expect(kept)
    }

    @Test("The share of zeros is the rate, within four standard deviations", arguments: [0.1, 0.5, 0.9] as [Float])
    func share(rate: Float) {
        let count = 100_003
        let zeros = Tensor.ones([count]).dropout(rate, from: RandomSource(seed: 5)).floatArray.count { $0 == 0 }
        let deviation = (rate * (1 - rate) / Float(count)).squareRoot()
        #expect(abs(Float(zeros) / Float(count) - rate) < 4 * deviation)
    }

    @Test("The gradient has the mask of the values", arguments: [1, 7, 64, 65, 50_021])
    func gradient(count: Int) {
        let x = Parameter(Tensor.ones([count]))
        let y = x.value.dropout(0.5, from: RandomSource(seed: 7))
        y.backward(from: .ones([count]))
        expectClose(x.gradient ?? .zeros([]), y.detached, .exact)
    }

    @Test("Calls that follow each other draw other masks")
    func fresh() {
        let source = RandomSource(seed: 1)
        let x = Tensor.ones([1000])
        #expect(x.dropout(0.5, from: source).floatArray != x.dropout(0.5, from: source).floatArray)
    }

    @Test("The same seed draws the same mask")
    func seeded() {
        let x = Tensor.ones([1000])
        expectClose(x.dropout(0.5, from: RandomSource(seed: 1)), x.dropout(0.5, from: RandomSource(seed: 1)), .exact)
    }

    @Test("A rate of 0 changes nothing and draws nothing")
    func zeroRate() {
        let source = RandomSource(seed: 1), x = numbers([7])
        expectClose(x.dropout(0, from: source), x, .exact)
        #expect(source.state == RandomSource.State(seed: 1))
    }

    @Test("A rate of 1 is refused")
    func refused() async {
        await #expect(processExitsWith: .failure) { _ = Tensor.zeros([5]).dropout(1) }
    }
}
