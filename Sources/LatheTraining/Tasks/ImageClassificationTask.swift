import LatheModels
import LatheTensor

/// Training a classifier of images.
public struct ImageClassificationTask<Model: ImageClassifier, Images: ImageDataset>: TrainingTask {
    public let train: Images
    /// What is held back, if anything.
    public let dev: Images?
    /// Whether training varies images at random, as their data set does it.
    public let variesImages: Bool
    public let identity: String

    /// - Parameters:
    ///   - model: what will be trained.
    ///   - train: what it learns from.
    ///   - dev: what is held back, if anything.
    ///   - variesImages: whether training varies images at random.
    ///   - identity: what tells the data from others, for resuming.
    /// - Throws: `TaskError` when model and data do not fit.
    public init(for model: Model, train: Images, dev: Images?, variesImages: Bool = true, identity: String)
        throws(TaskError)
    {
        try ImageEvaluation.check(model, for: Images.self, task: identity)
        self.train = train
        self.dev = dev
        self.variesImages = variesImages
        self.identity = identity
    }

    public var exampleCount: Int { train.labels.count }

    /// The images of the named examples, `[examples.count, channels, height, width]`.
    public func batch(_ examples: [Int], _ random: inout SplitMix64) -> Tensor {
        variesImages ? train.varied(examples, &random) : train.batch(examples)
    }

    /// The cross-entropy of the outputs `[examples.count, labels]` for the named examples.
    public func loss(of logits: Tensor, on examples: [Int]) -> Tensor {
        logits.crossEntropy(Tensor(examples.map { train.labels[$0] }))
    }

    public func loss(of model: Model, on examples: [Int], random: inout SplitMix64) -> Tensor {
        loss(of: model(batch(examples, &random)), on: examples)
    }

    public func evaluate(_ model: Model) -> Evaluation? {
        dev.map {
            ImageEvaluation.accuracy(
                ImageEvaluation.outputs(of: model, for: $0), $0.labels, labelCount: model.labelCount)
        }
    }
}

extension ImageClassificationTask: DistillableTask where Model: ImageTransformer {
    public var outputKind: OutputKind { .classes }
    public var longestExample: Int? { nil }

    public func check(for network: any ObservableTransformer) throws(TaskError) {
        guard let classifier = network as? any ImageTransformer else {
            throw .wrongModel(task: identity, needs: "a classifier of images", got: "\(type(of: network))")
        }
        try ImageEvaluation.check(classifier, for: Images.self, task: identity)
    }
}

/// Measures classifiers of images.
package enum ImageEvaluation {
    /// Images that go through the model at once.
    private static let batchSize = 128

    /// The outputs of `model` for every image, `[count, model.labelCount]` row by row. Runs as inference.
    public static func outputs(
        of model: some ImageClassifier, for images: some ImageDataset, report: (Int) -> Void = { _ in }
    ) -> [Float] {
        var outputs: [Float] = []
        withInference {
            for start in stride(from: 0, to: images.labels.count, by: batchSize) {
                let end = min(start + batchSize, images.labels.count)
                outputs += model(images.batch(Array(start..<end))).floatArray
                report(end)
            }
        }
        return outputs
    }

    /// The share of images whose largest output is their class's.
    public static func accuracy(_ outputs: [Float], _ labels: [Int32], labelCount: Int) -> Evaluation {
        let accuracy = Accuracy.of(Tensor(outputs, shape: [labels.count, labelCount]), labels)
        return Evaluation(
            [.share("accuracy", accuracy, of: labels.count)], primary: "accuracy", exampleCount: labels.count)
    }

    /// Checks that `model` takes such images and tells their classes apart.
    /// - Throws: `TaskError`.
    public static func check<Images: ImageDataset>(_ model: some ImageClassifier, for type: Images.Type, task: String)
        throws(TaskError)
    {
        guard model.labelCount == Images.labelNames.count else {
            throw .labelCount(task: task, expected: Images.labelNames.count, got: model.labelCount)
        }
        guard model.imageChannels == Images.channelCount else {
            throw .imageChannels(expected: model.imageChannels, got: Images.channelCount)
        }
        if let size = model.imageSize, size != Images.side { throw .imageSize(expected: size, got: Images.side) }
    }
}
