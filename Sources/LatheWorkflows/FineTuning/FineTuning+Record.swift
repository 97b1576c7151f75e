import Foundation
import LatheCheckpoints
import LatheFiles
import LatheModels
import LatheNN
import LatheTraining

extension FineTuning {
    /// What is to be said of a training run whose best model stands in the output directory.
    /// - Parameters:
    ///   - model: what was trained.
    ///   - before: its layers as they were when it began, or would have begun without being resumed.
    ///   - data: what it was measured with.
    func record(
        of model: PretrainedModel, _ result: TrainingResult, _ plan: TrainingPlan, before: LayerStatistics,
        watching batch: ProbeBatch,
        scoredOn data: ScoredData?
    ) throws -> RunRecord {
        var record = RunRecord(
            kind: .train, date: .now, seconds: result.seconds, environment: .current, model: modelName)
        record.task = task.name
        record.options = settings(options, plan)
        record.scoredOn = result.best == nil ? nil : data
        let saved = try PretrainedModel(directory: output)
        record.stages = [
            .init(
                name: "trained", evaluation: result.best?.evaluation, parameters: model.network.parameterCount,
                bytes: try MappedFile(path: output + "/" + Checkpoint.fileNames[0]).byteCount)
        ]
        // What is in memory is the model of the last step.
        let after = try model.network.withParameters(of: saved.network) {
            try LayerStatistics(model.network, watching: batch)
        }
        (record.layers, record.layerInputs) = (after.records(before: before), batch.name)
        return record
    }

    /// The identity of the data that models are measured with in training; `nil` if there is none.
    /// - Parameter network: the network that is trained.
    package func scoredData(for network: any Module) -> ScoredData? {
        var note: String?
        if task == .languageModeling, let limit = (network as? any LanguageModel)?.longestSequence,
            let block = try? SequenceLength.of(maxLength, usual: 512, limit: limit)
        {
            note = ScoredData.windows(length: block, stride: block)
        }
        if case .text = task { note = ScoredData.table(columns, devShare: devShare) }
        return ScoredData(task, files: devShare == nil ? dev : train, note: note)
    }

    /// What training begins from, as it was named.
    package var modelName: String {
        switch model {
        case .directory(let path), .configuration(let path): path
        case .preset(let preset): preset.name
        }
    }

    /// The training's options, its files, and its steps.
    package func settings(_ options: TrainingOptions, _ plan: TrainingPlan) -> [RunRecord.Option] {
        func files(_ name: String, _ paths: [String]) -> [RunRecord.Option] {
            paths.isEmpty ? [] : [.init(name, paths.joined(separator: " "))]
        }
        let own = (options.json.object ?? []).map { RunRecord.Option($0.key, Self.shown($0.value)) }
        let length = maxLength.map { [RunRecord.Option("max_length", String($0))] } ?? []
        let share = devShare.map { [RunRecord.Option(Self.devShareName, "\($0)")] } ?? []
        return files("train", train) + files("dev", dev) + share + columns.recorded + length + own
            + [.init("examples", String(plan.exampleCount)), .init("total_steps", String(plan.totalSteps))]
    }

    /// The option that names the held-back share.
    static let devShareName = "dev_share"

    /// A value as people read it: `adamw, beta1 0.9, beta2 0.999`.
    private static func shown(_ value: JSONValue) -> String {
        switch value {
        case .null: "none"
        case .string(let text): text
        case .object(let members):
            members.map { $0.key == "name" ? shown($0.value) : "\($0.key) \(shown($0.value))" }.joined(separator: ", ")
        default: value.text()
        }
    }
}

extension Module {
    /// Runs `body` while the parameters have the values that they have in `other`, a network of the same shapes, under
    /// the same paths.
    fileprivate func withParameters<Result>(of other: any Module, _ body: () throws -> Result) rethrows -> Result {
        let values = Dictionary(other.namedParameters.map { ($0.path, $0.parameter.detached) }) { first, _ in first }
        let own = namedParameters.map {
            (parameter: $0.parameter, value: $0.parameter.detached, other: values[$0.path])
        }
        for (parameter, _, other) in own { if let other { parameter.value = other } }
        defer { for (parameter, value, _) in own { parameter.value = value } }
        return try body()
    }
}
