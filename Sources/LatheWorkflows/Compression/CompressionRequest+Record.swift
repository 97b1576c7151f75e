import Foundation
import LatheCompression
import LatheTraining

extension CompressionRequest {
    /// What is to be said of a run that came to this end; nothing of its layers yet.
    /// - Parameters:
    ///   - directory: of the model that was compressed.
    ///   - options: as the training had them.
    ///   - data: what its models were measured with.
    ///   - seconds: all that the run took.
    func record(
        of summary: Summary, _ directory: String?, _ options: TrainingOptions, _ plan: TrainingPlan,
        scoredOn data: ScoredData?, seconds: Double
    ) -> RunRecord {
        var record = RunRecord(
            kind: .compress, date: .now, seconds: seconds, environment: .current, model: training.modelName)
        record.task = training.task.name
        record.teacher = teacher ?? (distillation == nil ? nil : directory)
        record.config = config.text
        record.options = training.settings(options, plan) + ownSettings
        record.stages = summary.stages.map(\.record)
        record.batch = summary.stages.last?.batch
        record.scoredOn = summary.stages.contains { $0.evaluation != nil } ? data : nil
        record.moments = CompressionSchedule(config.compression).moments(totalSteps: plan.totalSteps)
        record.add(summary.difference)
        record.notes = summary.plan.warnings + summary.notes
        return record
    }

    private var ownSettings: [RunRecord.Option] {
        var settings: [RunRecord.Option] = [
            .init("scores", scores.rawValue), .init("floats", floats.rawValue), .init("packs", String(packs)),
        ]
        if let distillation { settings += distillation.settings }
        return settings
    }
}

extension RunRecord {
    /// Stores how far the saved model is from the one that was compressed.
    mutating func add(_ difference: OutputDifference) {
        (largestDifference, rmsDifference) = (Double(difference.largest), Double(difference.rms))
        sameLabels = difference.labels?.share
    }
}

extension DistillationOptions {
    /// As records have them, by the names of their flags.
    var settings: [RunRecord.Option] {
        [
            .init("kd_class", "\(classWeight)"), .init("kd_attention", "\(attentionWeight)"),
            .init("kd_hidden", "\(hiddenWeight)"),
            .init("kd_labels", "\(labelWeight)"), .init("kd_temperature", "\(temperature)"),
            .init("kd_stop", "\(stopShare)"),
        ]
    }
}

extension CompressionSchedule {
    /// The steps of a training at which techniques come into force, with their keys in the config.
    func moments(totalSteps: Int) -> [RunRecord.Moment] {
        let techniques = config.enabledTechniques, offsets = Set(techniques.map { config.section($0).scheduleOffset })
        return offsets.filter { $0 < totalSteps }.sorted().map { step in
            .init(step: step, names: techniquesBeginning(at: step).map(\.key))
        }
    }
}
