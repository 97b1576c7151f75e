import LatheNN
import LatheTensor
import Testing

@Suite("Pruning masks")
struct PruningMaskTests {
    @Test("Initial scores keep the units with the largest norms, at the size of the original's noise")
    func initialScores() {
        let weight = seeded { Tensor.randomNormal([6, 8]) }
        for unit in [PruningUnit.element, .output, .head(count: 4)] {
            let scores = unit.initialScores(for: weight), norms = unit.norms(of: weight), kept = norms.elementCount / 2
            #expect(scores.shape == unit.maskShape(of: weight.shape))
            expectSameBits(scores.largestMask(keeping: kept), norms.largestMask(keeping: kept))
            let noise = seeded(7) { unit.randomScores(for: weight) }
            #expect(noise.shape == scores.shape)
            let bound = 1 / Float(scores.shape.dropFirst().reduce(1, *)).squareRoot()
            #expect(noise.largestMagnitude() <= bound && abs(scores.largestMagnitude() - bound) < 1e-6)
        }
        #expect(PruningUnit.output.initialScores(for: .zeros([3, 2])).floatArray == [0, 0, 0])
    }

    @Test(
        "The number of units kept is the share, rounded up in double precision",
        arguments: [(0.1, 10, 1), (0.6, 12, 8), (0.33, 100, 33), (0, 4, 0), (1, 4, 4)])
    func counts(density: Double, units: Int, kept: Int) {
        let mask = PruningMask(.output, keeping: density, training: seeded { .randomNormal([units, 1]) })
        #expect(mask.mask.sum().scalar == Float(kept))
    }

    @Test("A mask from outside is what its owner says")
    func replaced() {
        let layer = seeded { Linear(inputs: 3, outputs: 2, hasBias: false) }
        let mask = PruningMask(.element, fixed: .ones([2, 3]))
        layer.attach(mask)
        mask.replace(by: .zeros([2, 3]))
        #expect(layer(.ones([1, 3])).largestMagnitude() == 0)
    }

    @Test("Scores learn while pruned units stay pruned, until they are among the largest")
    func movement() throws {
        let layer = Linear(inputs: 1, outputs: 2, hasBias: false)
        layer.weight = .dense(Parameter(.ones([2, 1])))
        let mask = PruningMask(.output, keeping: 0.5, training: Tensor([1, 0.9], shape: [2, 1]))
        layer.attach(mask)
        let scores = try #require(mask.scores)
        #expect(layer(.ones([1, 1])).floatArray == [1, 0])
        layer(.ones([1, 1])).backward(from: Tensor([1, -1] as [Float], shape: [1, 2]))
        #expect(scores.gradient?.floatArray == [1, -1])
        let gradient = try #require(scores.gradient)
        scores.value = scores.detached - 0.1 * gradient
        #expect(layer(.ones([1, 1])).floatArray == [0, 1])
    }
}
