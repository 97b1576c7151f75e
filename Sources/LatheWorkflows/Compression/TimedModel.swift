import LatheCompression
import LatheFiles
import LatheModels

/// A model with a batch of random input, to be timed without gradients.
package struct TimedModel {
    /// The batch: `8 texts of 128 tokens`. Times of equal batches are comparable.
    package let batch: String
    /// Runs the network on the batch.
    package let run: () -> Void

    /// Texts or images of the batch, and tokens of each text, fewer if the model takes fewer.
    private static let batchSize = 8, tokenCount = 128

    /// Opens the model in `directory` as its users run it: with weights prepacked.
    /// - Throws: what is wrong with the model; `TimedModelError` for a network that takes neither texts nor images.
    package init(directory: String) throws {
        let model = try PretrainedModel(directory: directory)
        try self.init(model, directory: directory)
        model.network.packWeights(.float32)
    }

    /// A model as it is in memory.
    /// - Throws: `TimedModelError` for a network that takes neither texts nor images.
    init(_ model: PretrainedModel, directory: String = "") throws(TimedModelError) {
        let lengths = [Int](repeating: Self.tokenCount, count: Self.batchSize)
        let batch = RandomBatch(for: model, lengths: lengths, imageCount: Self.batchSize)
        if batch.isEmpty {
            throw TimedModelError(directory: directory, architecture: model.configuration.architecture.className)
        }
        self.batch = batch.summary
        run = { _ = batch.outputs() }
    }
}

/// A network for which there is no batch to time it with.
package struct TimedModelError: DescribedError, Equatable {
    package let directory: String
    package let architecture: String

    package var description: String {
        "\(directory): a \(architecture) takes neither texts nor images, and cannot be timed"
    }
}
