import Foundation
import LatheCompression
import LatheModels
import LatheTraining

extension PostTrainingQuantization {
    /// What is to be said of a run that came to this end; nothing of its layers yet.
    /// - Parameter data: what the models were measured with.
    func record(of summary: Summary, _ parametersBefore: Int, _ parametersAfter: Int, scoredOn data: ScoredData?) throws
        -> RunRecord
    {
        var record = RunRecord(
            kind: .quantize, date: .now, seconds: summary.seconds, environment: .current, model: model)
        record.task = evaluation?.task.name ?? TaskName(learnedBy: model)?.name
        record.config = config.text
        record.options = [
            .init("scales", searchesScales ? "search" : "original"), .init("floats", floats.rawValue),
            .init("packs", String(packs)),
        ]
        record.options += (evaluation?.columns ?? TextColumns(learnedBy: model)).recorded
        if let distillation { record.options += distillation.settings }
        record.stages = summary.stages.map(\.record)
        if record.stages.isEmpty {
            record.stages = [
                .init(
                    name: CompressionStage.Kind.before.rawValue, parameters: parametersBefore,
                    bytes: try CompressionStage.byteCount(in: model)),
                .init(
                    name: (packs ? CompressionStage.Kind.packed : .cleaned).rawValue, parameters: parametersAfter,
                    bytes: summary.byteCount),
            ]
        }
        record.batch = summary.stages.last?.batch
        record.scoredOn = summary.stages.contains { $0.evaluation != nil } ? data : nil
        record.add(summary.difference)
        record.notes = summary.plan.warnings + summary.notes + (trainingNote.map { [$0] } ?? [])
        return record
    }

    /// Texts and images that are watched, at most, and the tokens of a text.
    private static let textCount = 8, imageCount = 16, tokenCount = 128

    /// What the network reads while its layers are looked at: examples that it is measured with or that its layers
    /// learn from, else random input.
    func probeBatch(for model: PretrainedModel) -> ProbeBatch {
        if let source = evaluation?.probedSource ?? distillation?.calibration.probedSource {
            var data = CalibrationData(source)
            data.sampleCount = model.network is any ImageClassifier ? Self.imageCount : Self.textCount
            data.maxLength = (evaluation?.maxLength ?? distillation?.maxLength).map { min($0, Self.tokenCount) }
            // What is wrong with the data is said by whatever else reads it.
            if let probe = try? data.probe(for: model) { return ProbeBatch(name: probe.identity, run: probe.run) }
        }
        let lengths = [Int](repeating: Self.tokenCount, count: Self.textCount)
        let batch = RandomBatch(for: model, lengths: lengths, imageCount: Self.imageCount)
        return ProbeBatch(name: "\(batch.summary), at random") { _ = batch.outputs() }
    }
}

extension ModelEvaluation {
    fileprivate var probedSource: CalibrationData.Source? {
        switch task {
        case .text(let task): files.first.map { .text($0, task: task) }
        case .languageModeling, .lambada: files.first.map { .text($0) }
        case .digits: .digits
        case .cifar10: .cifar10(files)
        }
    }
}

extension LayerDistillation.Calibration {
    fileprivate var probedSource: CalibrationData.Source? {
        switch self {
        case .file(let path, let task): .text(path, task: task)
        case .random: nil
        case .digits: .digits
        case .cifar10(let path): .cifar10([path])
        }
    }
}

extension LayerDistillation {
    /// As records have them, by the names of their flags.
    fileprivate var settings: [RunRecord.Option] {
        [
            .init("lkd_steps", String(options.steps)), .init("lkd_batch", String(options.batchSize)),
            .init("lkd_learning_rate", "\(options.learningRate)"), .init("lkd_inputs", options.inputs.rawValue),
            .init("seed", String(options.seed)),
        ]
    }
}
