import LatheFiles
import LatheModels
import LatheTensor
import LatheTraining

@testable import LatheCompression

/// Telling sequences of tokens apart by their first one.
struct TokenTask: TrainingTask {
    var identity = "tokens"
    var exampleCount = 24

    func loss(of model: BertForSequenceClassification, on examples: [Int], random: inout SplitMix64) -> Tensor {
        Self.logits(of: model, on: examples).crossEntropy(Tensor(examples.map { Int32($0 % 2) }))
    }

    /// `[examples, 2]`
    static func logits(of model: BertForSequenceClassification, on examples: [Int]) -> Tensor {
        let tokens = examples.flatMap { example in (0..<6).map { Int32((example * (7 * $0 + 1) + $0) % 11) } }
        return model(Tensor(tokens, shape: [examples.count, 6]), tokenTypes: nil, keyMask: nil)
    }

    /// A classifier with two layers of width 16.
    static func model(seed: UInt64 = 1) -> PretrainedModel {
        var encoder = EncoderConfiguration(hiddenSize: 16, layerCount: 2, headCount: 2, intermediateSize: 24)
        encoder.initializerRange = 0.2
        let sizes = BertConfiguration(encoder: encoder, vocabularySize: 11, positionCount: 8, labelCount: 2)
        return withRandomSource(RandomSource(seed: seed)) {
            PretrainedModel(ModelConfiguration(.init(BertFamily.bert, .sequenceClassification), sizes))
        }
    }
}

/// A compression of the token task's model.
struct TokenCompression {
    let compression: Compression
    let network: BertForSequenceClassification

    /// - Parameter sections: of `compression_training`.
    init(_ sections: JSONValue) throws {
        let model = TokenTask.model()
        let config = try DeepSpeedConfig(
            json: ["train_batch_size": 8, "compression_training": sections], file: "c.json"
        ).compression
        compression = try Compression(config, of: model, file: "c.json")
        guard let network = model.network as? BertForSequenceClassification else {
            preconditionFailure("another network")
        }
        self.network = network
        compression.attach()
    }

    /// Trains for so many steps.
    /// - Parameter observe: hears of the steps done, when everything that belongs to the next one is in force.
    @discardableResult
    func train(
        steps: Int, into output: TrainingOutput<BertForSequenceClassification>? = nil, stopAfter last: Int? = nil,
        observe: @escaping (Int) -> Void = { _ in }
    ) throws -> TrainingResult {
        var options = TrainingOptions(.steps(steps), batchSize: 8, learningRate: 0.01), hooks = TrainingHooks(),
            done = 0
        options.warmUp = .steps(0)
        hooks.didReach = { step in
            done = step
            compression.follow(step: step)
            observe(step)
        }
        hooks.willCompute = { try compression.prepare(step: $0, addGradients: $1.add) }
        hooks.willUpdate = { compression.observeGradients(step: $0, scale: $1) }
        hooks.shouldStop = { done == last }
        return try Trainer(TokenTask(), options: options).train(network, into: output, hooks: hooks)
    }

    /// The weights of the layers that sparse pruning takes, without transforms.
    var prunedWeights: [Tensor] {
        SelectedLayers(compression.selection, network).of(.sparsePruning).map(\.denseWeight)
    }

    /// The bits of all parameters, those of masks and scores among them.
    var bits: [String: [UInt32]] {
        Dictionary(network.namedParameters.map { ($0.path, $0.parameter.detached.floatArray.map(\.bitPattern)) }) {
            first, _ in first
        }
    }
}
