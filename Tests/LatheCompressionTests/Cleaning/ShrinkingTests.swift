import LatheNN
import LatheTensor
import Testing

@testable import LatheCompression

@Suite("Shrinking layers")
struct ShrinkingTests {
    @Test("Parts of any axis are kept in the order asked for")
    func keeping() {
        let tensor = Tensor((0..<24).map(Float.init), shape: [2, 3, 4])
        #expect(tensor.keeping([1], axis: 0).floatArray == (12..<24).map(Float.init))
        #expect(tensor.keeping([2, 0], axis: 1).floatArray == [8, 9, 10, 11, 0, 1, 2, 3, 20, 21, 22, 23, 12, 13, 14, 15])
        #expect(tensor.keeping([3], axis: 2).floatArray == [3, 7, 11, 15, 19, 23])
        #expect(tensor.keeping([], axis: 1).shape == [2, 0, 4])
    }

    @Test("A feed-forward network without its zeroed rows computes the same")
    func rows() {
        let random = RandomSource(seed: 1)
        withRandomSource(random) {
            let first = Linear(inputs: 4, outputs: 6), second = Linear(inputs: 6, outputs: 3), input = Tensor.randomNormal([5, 4])
            let mask = Tensor([1, 0, 1, 1, 0, 1] as [Float], shape: [6, 1])
            first.weight = .dense(Parameter(Shrinking.denseWeight(first) * mask))
            first.bias?.value = (first.bias?.detached ?? .zeros([6])) * mask.reshaped([6])
            let whole = withInference { second(first(input, activation: .gelu)) }
            Shrinking.keepOutputs([0, 2, 3, 5], of: first)
            Shrinking.keepInputs([0, 2, 3, 5], of: second)
            let small = withInference { second(first(input, activation: .gelu)) }
            #expect(first.outputs == 4 && second.inputs == 4)
            #expect((whole - small).largestMagnitude() < 1e-6)
        }
    }

    @Test("The values of heads lie in blocks, in each of three fused parts")
    func heads() {
        #expect(Shrinking.values(ofHeads: [0, 2], size: 2, headCount: 3) == [0, 1, 4, 5])
        #expect(Shrinking.values(ofHeads: [1], size: 2, parts: 3, headCount: 2) == [2, 3, 6, 7, 10, 11])
    }

    @Test("A masked channel's constant is carried on: exactly inside the image")
    func constants() {
        withRandomSource(RandomSource(seed: 2)) {
            let options = ConvolutionOptions(padding: 1)
            let first = Conv2d(channels: 2, outputs: 4, kernelSize: 3, options: options, hasBias: false)
            let second = Conv2d(channels: 4, outputs: 3, kernelSize: 3, options: options, hasBias: false)
            let norm1 = BatchNorm2d(channels: 4), norm2 = BatchNorm2d(channels: 3), images = Tensor.randomNormal([2, 2, 7, 7])
            for norm in [norm1, norm2] {
                norm.weight.value = .randomNormal([norm.channels], mean: 1, deviation: 0.3)
                norm.bias.value = .randomNormal([norm.channels], mean: 0.5)
                norm.runningMean.value = .randomNormal([norm.channels])
                norm.runningVariance.value = .randomUniform([norm.channels], in: 0.5..<2)
            }
            let mask = Tensor([1, 0, 1, 0] as [Float], shape: [4, 1, 1, 1])
            first.weight = .dense(Parameter(Shrinking.denseWeight(first) * mask))
            func compute() -> Tensor { withInference { second(first(images, norm: norm1, activation: .relu), norm: norm2) } }
            let masked = compute()
            let constants = ChannelConstants.values([1, 3], of: norm1)
            #expect(constants.contains { $0 > 0 })
            #expect(ChannelConstants.carry(constants, of: [1, 3], through: second, into: norm2))
            Shrinking.keepOutputs([0, 2], of: first)
            Shrinking.keepChannels([0, 2], of: norm1)
            Shrinking.keepInputs([0, 2], of: second)
            let difference = masked - compute()
            let inside = difference.sliced(1..<6, axis: 2).sliced(1..<6, axis: 3)
            #expect(inside.largestMagnitude() < 1e-5)
            #expect(difference.largestMagnitude() > 1e-2, "the border differs, or this test shows nothing")
        }
    }

    @Test("Without a normalisation behind, the bias takes a constant; without either, nothing can")
    func places() {
        let withBias = Conv2d(channels: 2, outputs: 1, kernelSize: 1), without = Conv2d(channels: 2, outputs: 1, kernelSize: 1, hasBias: false)
        let before = withBias.bias?.detached.floatArray.first ?? 0, weight = Shrinking.denseWeight(withBias).floatArray[1]
        #expect(ChannelConstants.carry([2], of: [1], through: withBias, into: nil))
        #expect(abs((withBias.bias?.detached.floatArray.first ?? 0) - (before + 2 * weight)) < 1e-6)
        #expect(!ChannelConstants.carry([2], of: [1], through: without, into: nil))
        #expect(ChannelConstants.carry([0], of: [1], through: without, into: nil))
    }
}
