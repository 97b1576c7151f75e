import LatheModels

/// The texts of a training run: to learn from, and to measure with.
struct TextData {
    let task: TextTask
    /// The names of the model's outputs; one for a number.
    let labels: [String]
    let train: [TextExample]
    /// Nothing, one set, or MNLI's two.
    let dev: [[TextExample]]
    let summary: DataSummary

    /// Reads the files that a request names.
    /// - Parameters:
    ///   - request: names task, files and columns.
    ///   - configuration: the model that is to be trained, whose classes are kept where they can be; `nil` for a new
    ///     one.
    /// - Throws: `DataError`, `TaskError`.
    init(_ request: FineTuning, _ task: TextTask, continuing configuration: ModelConfiguration?) throws {
        let trainFiles = TextFiles(request.train, task: task, columns: request.columns, part: .train)
        let devFiles = TextFiles(request.dev, task: task, columns: request.columns, part: .dev)
        var contents = try trainFiles.read(.required, labelNames: task.glue.flatMap { Self.order($0, configuration) })
        let names = task.fixedLabels ?? contents.labelNames
        labels = configuration.map { ClassNames.toTrain(task, names, $0) } ?? names
        if task.problem == .singleLabel, labels.count < 2 {
            throw TaskError.files(
                task: task.name,
                problem:
                    "all examples have one class, \(labels.map { "'\($0)'" }.first ?? ""); name files with two or more")
        }
        if task.glue == nil, task.problem != .regression, labels != names {
            contents = try trainFiles.read(.required, labelNames: labels)
        }
        let all = contents.contents.flatMap(\.file.examples)
        let order = task.problem == .regression ? nil : labels
        let measured = try request.dev.isEmpty ? [] : devFiles.read(.required, labelNames: order).contents
        if let share = request.devShare {
            let split = TextSplit.split(all, share: share)
            guard !split.train.isEmpty, !split.dev.isEmpty else {
                throw TaskError.files(
                    task: task.name,
                    problem:
                        "\(all.count) examples are too few to hold back a share of \(share); name files to measure with"
                )
            }
            (train, dev) = (split.train, [split.dev])
        } else {
            (train, dev) = (all, measured.isEmpty ? [] : devFiles.sets(measured))
        }
        self.task = task
        summary = DataSummary(
            task, train: contents.contents, dev: measured, examples: (train, dev.flatMap { $0 }), labels: labels,
            devShare: request.devShare)
    }

    /// The order of a GLUE task's classes in a model that has them.
    private static func order(_ task: GlueTask, _ configuration: ModelConfiguration?) -> [String]? {
        if task.isRegression { return nil }
        return configuration.map { ClassNames.toTrain(.glue(task), task.labelNames, $0) }
    }
}
