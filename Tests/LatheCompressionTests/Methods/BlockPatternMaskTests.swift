import LatheTensor
import Testing

@testable import LatheCompression

@Suite("Block patterns over weights")
struct BlockPatternMaskTests {
    private let salience = Tensor((0..<32).map { Float(($0 * 7) % 32) }, shape: [4, 8])

    @Test(
        "A block stays or goes as a whole",
        arguments: [
            ("4x1", [1, 8]), ("1x4", [4, 2]), ("2x2", [2, 4]), ("channelx1", [1, 8]), ("1xchannel", [4, 1]),
        ])
    func blocks(text: String, units: [Int]) throws {
        let pattern = try #require(BlockPattern(text)), scores = pattern.scores(of: salience)
        #expect(scores.shape == units)
        #expect(pattern.unitScores(of: scores).floatArray == scores.floatArray)
        let kept = scores.largestMask(keeping: scores.elementCount / 2)
        let mask = pattern.mask(rows: 4, columns: 8, units: kept, scores: scores)
        #expect(mask.shape == [4, 8])
        #expect(pattern.scores(of: mask).floatArray == kept.floatArray)
        #expect(pattern.unitShare(of: 0.3) == 0.3)
    }

    @Test("Of a run of N:M that goes, N weights do; the others stay whole")
    func runs() throws {
        let pattern = try #require(BlockPattern("1:4"))
        let scores = Tensor([3, 1, 4, 2, 8, 6, 5, 7] as [Float], shape: [1, 8])
        // The mean of what would go, over the run of four.
        #expect(pattern.unitScores(of: scores).floatArray == [0.25, 1.25])
        #expect(
            pattern.mask(rows: 1, columns: 8, units: Tensor([0, 1] as [Float], shape: [1, 2]), scores: scores)
                .floatArray == [1, 0, 1, 1, 1, 1, 1, 1])
        #expect(
            pattern.mask(rows: 1, columns: 8, units: .zeros([1, 2]), scores: scores).floatArray == [
                1, 0, 1, 1, 1, 1, 0, 1,
            ])
        // All runs give a sparsity of 1 in 4.
        #expect(pattern.unitShare(of: 0.25) == 1)
        #expect(pattern.unitShare(of: 0.125) == 0.5)
    }

    @Test("A convolution's inputs are counted place by place, its channels within")
    func convolution() {
        let weight = Tensor((0..<24).map(Float.init), shape: [2, 3, 2, 2]), matrix = WeightMatrix.of(weight)
        #expect(WeightMatrix.size(of: weight.shape) == (2, 12))
        #expect(matrix.shape == [2, 12])
        #expect(matrix.floatArray.prefix(6) == [0, 4, 8, 1, 5, 9])
        #expect(WeightMatrix.weight(matrix, shape: weight.shape).floatArray == weight.floatArray)
    }

    @Test("Scores are the momentum of |W ⊙ G|, and a mask follows them")
    func scores() throws {
        let mask = ScoredMask(try #require(BlockPattern("2x1")), shape: [2, 2])
        let weight = Tensor([1, -2, 3, 4] as [Float], shape: [2, 2])
        mask.observe(weight, Tensor([1, 1, -1, 1] as [Float], shape: [2, 2]), scale: 1)
        #expect(mask.unitScores.floatArray == [2, 3])
        mask.observe(weight, Tensor([2, 0, 0, 0] as [Float], shape: [2, 2]), scale: 0.5)
        #expect(zip(mask.unitScores.floatArray, [0.9 * 2 + 0.5, 0.9 * 3]).allSatisfy { abs($0 - $1) < 1e-6 })
        mask.observe(weight, nil, scale: 1)
        #expect(zip(mask.unitScores.floatArray, [0.9 * 2.3, 0.81 * 3]).allSatisfy { abs($0 - $1) < 1e-6 })
        #expect(mask.masked(weight).floatArray == weight.floatArray)
        mask.renew(units: Tensor([0, 1] as [Float], shape: [1, 2]))
        #expect(mask.masked(weight).floatArray == [0, -2, 0, 4])
    }

    @Test("In a convolution, two of four neighbouring channels go at each place")
    func convolutionRuns() throws {
        let mask = ScoredMask(try #require(BlockPattern("2:4")), shape: [2, 8, 3, 3])
        let weight = Tensor.randomNormal([2, 8, 3, 3], from: RandomSource(seed: 4)),
            gradient = Tensor.randomNormal([2, 8, 3, 3], from: RandomSource(seed: 5))
        mask.observe(weight, gradient, scale: 1)
        mask.renew(units: .zeros([2, 18]))
        let kept = mask.masked(weight).floatArray, salience = (weight * gradient).absolute().floatArray
        for output in 0..<2 {
            for place in 0..<9 {
                for run in 0..<2 {
                    let indices = (0..<4).map { (output * 8 + run * 4 + $0) * 9 + place }
                    let largest = indices.sorted { salience[$0] > salience[$1] }.prefix(2).sorted()
                    #expect(indices.filter { kept[$0] != 0 } == largest)
                }
            }
        }
    }
}
