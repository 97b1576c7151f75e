import LatheNN
import LatheTensor
import Testing

@Suite("Initializer")
struct InitializerTests {
    @Test("fills with zeros and ones")
    func constants() {
        expectClose(Initializer.zeros.tensor([2, 2]), [0, 0, 0, 0], shape: [2, 2])
        expectClose(Initializer.ones.tensor([3]), [1, 1, 1], shape: [3])
    }

    @Test("draws uniform numbers within its bound")
    func uniform() {
        let values = Initializer.uniform(bound: 0.25).tensor([10_000], from: RandomSource(seed: 3))
        #expect(values.largestMagnitude() <= 0.25)
        #expect(values.largestMagnitude() > 0.249)
        #expect(abs(values.mean().scalar) < 0.005)
    }

    @Test(
        "takes all axes but the first for the inputs of one output", arguments: [([50, 16], 16), ([20, 4, 3, 3], 36)])
    func kaiming(shape: [Int], inputs: Int) {
        let bound = 1 / Float(inputs).squareRoot()
        let largest = Initializer.kaimingUniform.tensor(shape, from: RandomSource(seed: 4)).largestMagnitude()
        #expect(largest <= bound)
        #expect(largest > 0.98 * bound)
    }

    @Test(
        "takes all axes but the second for the outputs of one input",
        arguments: [([32, 50], 32), ([20, 8, 3, 3], 180)])
    func kaimingNormal(shape: [Int], outputs: Int) {
        let values = Initializer.kaimingNormal.tensor(shape, from: RandomSource(seed: 4))
        #expect(abs(values.squared().mean().scalar * Float(outputs) / 2 - 1) < 0.1)
        #expect(abs(values.mean().scalar) * Float(outputs).squareRoot() < 0.1)
    }

    @Test(
        "gives a network the start of BERT: small normal weights, no biases, an empty padding row, norms as they were")
    func bert() throws {
        let network = seeded {
            ToyEncoder(vocabulary: 200, tokens: 4, width: 32, heads: 2, classes: 3, paddingIndex: 5)
        }
        network.initialize(.normal(deviation: 0.02), from: RandomSource(seed: 5))
        for (path, parameter) in network.namedParameters {
            let value = parameter.detached
            if path.hasSuffix("LayerNorm.weight") {
                #expect(value.minimum() == 1 && value.maximum() == 1, "\(path)")
            } else if path.hasSuffix(".bias") {
                #expect(value.largestMagnitude() == 0, "\(path)")
            } else {
                let deviation = value.squared().mean().scalar.squareRoot()
                #expect(abs(deviation - 0.02) < 0.005, "\(path)")
            }
        }
        #expect(network.words.table.detached.sliced(5..<6).largestMagnitude() == 0)
    }

    @Test("gives the same network for the same seed")
    func seeds() {
        let networks = [8, 8, 9].map { seed in
            seeded(UInt64(seed)) { Conv2d(channels: 3, outputs: 4, kernelSize: 3) }.parameters[0].detached
        }
        expectSameBits(networks[0], networks[1])
        #expect(bits(networks[0]) != bits(networks[2]))
    }
}
