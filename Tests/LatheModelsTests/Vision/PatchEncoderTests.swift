import LatheModels
import LatheTensor
import Testing

@Suite("Patch encoder")
struct PatchEncoderTests {
    private let model = withRandomSource(RandomSource(seed: 5)) {
        let encoder = EncoderConfiguration(hiddenSize: 16, layerCount: 1, headCount: 2, intermediateSize: 32)
        return PatchEncoder(
            PatchEncoderConfiguration(encoder: encoder, channels: 2, imageSize: 6, patchSize: 3, labelCount: 4))
    }

    @Test("Gives one row of logits per image")
    func shape() {
        let logits = withInference { model(.randomNormal([3, 2, 6, 6], from: RandomSource(seed: 1))) }
        #expect(logits.shape == [3, 4])
    }

    @Test("A patch holds its pixels row by row, channel by channel")
    func patches() {
        // With an identity-like first layer the token of a patch is its first pixels.
        let pixels = (0..<72).map(Float.init)
        var weight = [Float](repeating: 0, count: 16 * 18)
        for index in 0..<16 { weight[index * 18 + index] = 1 }
        model.patches.weight = .dense(Parameter(Tensor(weight, shape: [16, 18])))
        model.patches.bias?.value = .zeros([16])
        let tokens = withInference { model.tokens(of: Tensor(pixels, shape: [1, 2, 6, 6])) }
        #expect(tokens.shape == [1, 4, 16])
        // The second patch: columns 3..<6 of rows 0..<3 of channel 0, then of channel 1.
        #expect(tokens.selected(1, axis: 1).floatArray == [3, 4, 5, 9, 10, 11, 15, 16, 17, 39, 40, 41, 45, 46, 47, 51])
    }
}
