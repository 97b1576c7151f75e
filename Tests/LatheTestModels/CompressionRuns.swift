import Foundation
import LatheModels
import LathePacking
import LatheTensor
import LatheTraining

import LatheWorkflows

/// Tiny models and data of every kind, and requests to compress them.
package struct CompressionRuns {
    package enum Kind: String, CaseIterable, Sendable {
        case bert, gpt2, images, plainImages
    }

    package let models: TinyModels

    package init() throws {
        models = try TinyModels.sentiment()
    }

    /// A request for a model of three steps, whose weights are stored as floats.
    package func request(
        _ sections: [ConfigSection], _ kind: Kind = .bert, model: String? = nil, to output: String = "out",
        steps: Int = 3
    ) throws -> CompressionRequest {
        var training: FineTuning
        switch kind {
        case .bert:
            training = FineTuning(
                model: .directory(models.path(model ?? "bert")), task: .glue(.sst2), train: [models.path("train.tsv")],
                dev: [models.path("dev.tsv")],
                output: models.path(output))
        case .gpt2:
            if !models.exists("gpt2") { try models.gpt2("gpt2") }
            training = try models.languageTraining(model ?? "gpt2", to: output)
        case .images, .plainImages:
            if !models.exists(kind.rawValue) { try models.digits(kind.rawValue, hasBatchNorm: kind == .images) }
            training = FineTuning(
                model: .directory(models.path(model ?? kind.rawValue)), task: .digits, output: models.path(output))
        }
        training.options = TrainingOptions(.steps(steps), batchSize: 8, learningRate: 1e-3)
        training.options.evaluations = .steps(1)
        var request = CompressionRequest(training, config: try sections.config(), configFile: "c.json")
        request.packs = false
        return request
    }

    /// What is thrown, as text; empty when nothing is.
    package func message(_ request: CompressionRequest) -> String {
        do {
            _ = try request.run()
            return ""
        } catch {
            return "\(error)"
        }
    }

    package func open(_ name: String) throws -> PretrainedModel { try PretrainedModel(directory: models.path(name)) }

    /// What a model computes for made-up input.
    package static func outputs(_ model: PretrainedModel) -> Tensor {
        let batch = TokenBatch(joining: [[2, 9, 7, 16, 3], [2, 12, 3]])
        return withInference {
            switch model.network {
            case let classifier as any SequenceClassifier: classifier(batch)
            case let language as any LanguageModel: language(batch)
            case let images as any ImageClassifier: images(.randomNormal([3, 1, 8, 8], from: RandomSource(seed: 5)))
            case let guesser as BertForMaskedLM: guesser(batch)
            case let encoder as BertModel: encoder(batch).hidden
            default: preconditionFailure("outputs of a \(type(of: model.network))")
            }
        }
    }
}

extension TinyModels {
    /// A request to train a language model on a short text, in pieces of 12 tokens.
    package func languageTraining(_ model: String, to output: String) throws -> FineTuning {
        let text = try file("text.txt", String(repeating: "in the film it is dark. ", count: 20))
        var training = FineTuning(
            model: .directory(path(model)), task: .languageModeling, train: [text], dev: [text], output: path(output))
        training.maxLength = 12
        return training
    }
}

extension PretrainedModel {
    /// The layers that quantise their inputs.
    package var activationSchemes: [String: ActivationScheme] {
        network.layerSchemes(includesActivations: true).reduce(into: [:]) { $0[$1.path] = $1.scheme.inputs }
    }

    package func parameter(_ path: String) -> Tensor? {
        network.namedParameters.first { $0.path == path }?.parameter.detached
    }
}
