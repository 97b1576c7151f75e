import LatheNN
import LatheTensor
import Testing

@testable import LatheCompression

@Suite("What shrinking takes out and carries on")
struct ShrinkingTests {
    @Test("The values of a head are consecutive, in each of three fused parts")
    func heads() {
        #expect(HeadGroups(kept: [0, 2], count: 3).values(of: 6) == [0, 1, 4, 5])
        #expect(HeadGroups(kept: [1], count: 2).values(of: 12, copies: 3) == [2, 3, 6, 7, 10, 11])
    }

    @Test("A masked channel's constant is carried on: exactly inside the image")
    func constants() throws {
        try withRandomSource(RandomSource(seed: 2)) {
            let options = ConvolutionOptions(padding: 1)
            let first = Conv2d(channels: 2, outputs: 4, kernelSize: 3, options: options, hasBias: false)
            let second = Conv2d(channels: 4, outputs: 3, kernelSize: 3, options: options, hasBias: false)
            let norm1 = BatchNorm2d(channels: 4), norm2 = BatchNorm2d(channels: 3),
                images = Tensor.randomNormal([2, 2, 7, 7])
            for norm in [norm1, norm2] {
                norm.weight.value = .randomNormal([norm.channels], mean: 1, deviation: 0.3)
                norm.bias.value = .randomNormal([norm.channels], mean: 0.5)
                norm.runningMean.value = .randomNormal([norm.channels])
                norm.runningVariance.value = .randomUniform([norm.channels], in: 0.5..<2)
            }
            let mask = Tensor([1, 0, 1, 0] as [Float], shape: [4, 1, 1, 1])
            first.weight = .dense(Parameter(try #require(first.weight.parameter).detached * mask))
            func compute() -> Tensor {
                withInference { second(first(images, norm: norm1, activation: .relu), norm: norm2) }
            }
            let masked = compute()
            let constants = ChannelConstants.values([1, 3], of: norm1)
            #expect(constants.contains { $0 > 0 })
            #expect(ChannelConstants.carry(constants, of: [1, 3], through: second, into: norm2))
            first.keepOutputs([0, 2])
            norm1.keepOutputs([0, 2])
            second.keepInputs([0, 2])
            let difference = masked - compute()
            let inside = difference.sliced(1..<6, axis: 2).sliced(1..<6, axis: 3)
            #expect(inside.largestMagnitude() < 1e-5)
            #expect(difference.largestMagnitude() > 1e-2, "the border differs, or this test shows nothing")
        }
    }

    @Test("Without a normalisation behind, the bias takes a constant; without either, nothing can")
    func places() throws {
        let withBias = Conv2d(channels: 2, outputs: 1, kernelSize: 1),
            without = Conv2d(channels: 2, outputs: 1, kernelSize: 1, hasBias: false)
        let before = withBias.bias?.detached.floatArray.first ?? 0,
            weight = try #require(withBias.weight.parameter).detached.floatArray[1]
        #expect(ChannelConstants.carry([2], of: [1], through: withBias, into: nil))
        #expect(abs((withBias.bias?.detached.floatArray.first ?? 0) - (before + 2 * weight)) < 1e-6)
        #expect(!ChannelConstants.carry([2], of: [1], through: without, into: nil))
        #expect(ChannelConstants.carry([0], of: [1], through: without, into: nil))
    }
}
