import LatheModels
import LatheTensor

/// Random input of the kind that a network takes, the same every time.
package struct RandomBatch {
    /// What it is: `8 texts of 128 tokens`.
    package let summary: String
    /// Whether the network takes neither texts nor images.
    package let isEmpty: Bool
    private let compute: () -> Tensor?

    /// - Parameters:
    ///   - lengths: the tokens of each text, at most; a network may take fewer.
    ///   - imageCount: how many images.
    package init(for model: PretrainedModel, lengths: [Int], imageCount: Int) {
        let random = RandomSource(seed: 7)
        if let outputs = TextOutputs(model.network) {
            let texts = TokenBatch(
                joining: lengths.map { length in
                    let shares = Tensor.randomUniform([min(outputs.longestSequence, length)], in: 0..<1, from: random)
                        .floatArray
                    return shares.map { Int32($0 * Float(outputs.vocabularySize - 1)) }
                })
            compute = { withInference { outputs(texts) } }
            (isEmpty, summary) = (false, "\(texts.count) texts of \(texts.longest) tokens")
        } else if let network = model.network as? any ImageClassifier {
            let side = network.imageSize ?? 32
            let images = Tensor.randomNormal([imageCount, network.imageChannels, side, side], from: random)
            compute = { withInference { network(images) } }
            (isEmpty, summary) = (false, "\(imageCount) images of \(side) x \(side)")
        } else {
            compute = { nil }
            (isEmpty, summary) = (true, "nothing")
        }
    }

    /// Returns the outputs of the network as it is now, without gradients; `nil` for a network that has no outputs to
    /// compare.
    /// - Parameter precision: the arithmetic of matrix products; `nil` for the usual one of each.
    package func outputs(in precision: Precision? = nil) -> Tensor? { withPrecision(precision, compute) }
}
