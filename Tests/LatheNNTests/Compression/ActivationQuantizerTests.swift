import LatheNN
import LatheTensor
import Testing

@Suite("Input quantisers")
struct ActivationQuantizerTests {
    @Test("Layers that read one input share its quantised form, and each adds its gradient", arguments: [true, false])
    func sharing(isDynamic: Bool) throws {
        let attention = seeded { SelfAttention(width: 8, heads: 2) }
        let layers = [attention.query, attention.key, attention.value]
        for layer in layers {
            layer.activationTransforms.append(
                ActivationQuantizer(bits: 8, calibration: isDynamic ? .dynamic : .running(momentum: 0.5)))
        }
        let values = seeded(3) { Tensor.randomNormal([2, 5, 8]) },
            gradient = seeded(4) { Tensor.randomNormal([2, 5, 8]) }
        let shared = Parameter(values), apart = Parameter(values)
        let context = withTraining { attention(shared.value) }
        let expected = Tensor.attention(
            query: attention.query(apart.value), key: attention.key(apart.value), value: attention.value(apart.value),
            options: AttentionOptions(heads: 2))
        expectSameBits(context, expected)
        context.backward(from: gradient)
        expected.backward(from: gradient)
        expectClose(try #require(shared.gradient), try #require(apart.gradient).floatArray, shape: [2, 5, 8])
    }

    @Test("An input is quantised once for all layers that ask for the same")
    func once() {
        let input = LinearInput(seeded { .randomNormal([4, 6]) })
        let first = ActivationQuantizer(bits: 8)(input, rowCount: 4),
            second = ActivationQuantizer(bits: 8)(input, rowCount: 4)
        #expect(first === second)
        #expect(first !== ActivationQuantizer(bits: 4)(input, rowCount: 4))
        #expect(first !== ActivationQuantizer(bits: 8, grid: .asymmetric)(input, rowCount: 4))
    }

    @Test("A calibrated range is kept in evaluation and goes on in training")
    func calibration() throws {
        let quantizer = ActivationQuantizer(bits: 8, grid: .asymmetric, calibration: .running(momentum: 0.5))
        quantizer.range = (-1, 3)
        let input = LinearInput(Tensor([-5, 2, 9] as [Float]))
        #expect(quantizer(input, rowCount: 1).tensor.floatArray == [-1, 2, 3 - 4.0 / 256])
        var range = try #require(quantizer.range)
        #expect(range == (-1, 3))
        _ = withTraining { quantizer(input, rowCount: 1) }
        range = try #require(quantizer.range)
        #expect(range == (-3, 6))
    }

    @Test("An empty batch stays empty", arguments: [true, false])
    func empty(isDynamic: Bool) {
        let layer = seeded { Linear(inputs: 3, outputs: 2) }
        layer.activationTransforms.append(
            ActivationQuantizer(bits: 8, calibration: isDynamic ? .dynamic : .running(momentum: 0.5)))
        #expect(withTraining { layer(.zeros([0, 3])) }.shape == [0, 2])
    }

    @Test("Convolutions take one range per image")
    func images() {
        let convolution = seeded { Conv2d(channels: 2, outputs: 3, kernelSize: 3) },
            images = seeded(2) { Tensor.randomNormal([4, 2, 6, 6]) }
        let expected = convolution(images.fakeQuantized(FakeQuantization(bits: 4, grid: .asymmetric), groupCount: 4))
        convolution.activationTransforms.append(ActivationQuantizer(bits: 4, grid: .asymmetric))
        expectSameBits(convolution(images), expected)
    }
}
