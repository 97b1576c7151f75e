import LatheModels

/// The texts of a training run: to learn from, and to measure with.
package struct TextData {
    package let task: TextTask
    /// The names of the model's outputs; one for a number.
    package let labels: [String]
    package let train: [TextExample]
    /// Nothing, one set, or MNLI's two.
    package let dev: [[TextExample]]
    package let summary: DataSummary

    /// Reads the files of a training run.
    /// - Parameters:
    ///   - task: the task on texts.
    ///   - train: the files to learn from.
    ///   - dev: the files to measure with.
    ///   - columns: the columns of a user's own tables.
    ///   - devShare: the share of `train` that is held back to measure with; `nil` for none.
    ///   - configuration: the model that is to be trained, whose classes are kept where they can be; `nil` for a new
    ///     one.
    /// - Throws: `DataError`, `TaskError`.
    package init(
        _ task: TextTask, train: [String], dev: [String], columns: TextColumns, devShare: Double?,
        continuing configuration: ModelConfiguration?
    ) throws {
        let trainFiles = TextFiles(train, task: task, columns: columns, part: .train)
        let devFiles = TextFiles(dev, task: task, columns: columns, part: .dev)
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
        let measured = try dev.isEmpty ? [] : devFiles.read(.required, labelNames: order).contents
        if let share = devShare {
            let split = TextSplit.split(all, share: share)
            guard !split.train.isEmpty, !split.dev.isEmpty else {
                throw TaskError.files(
                    task: task.name,
                    problem:
                        "\(all.count) examples are too few to hold back a share of \(share); name files to measure with"
                )
            }
            (self.train, self.dev) = (split.train, [split.dev])
        } else {
            (self.train, self.dev) = (all, measured.isEmpty ? [] : devFiles.sets(measured))
        }
        self.task = task
        summary = DataSummary(
            task, train: contents.contents, dev: measured, examples: (self.train, self.dev.flatMap { $0 }),
            labels: labels,
            devShare: devShare)
    }

    /// The order of a GLUE task's classes in a model that has them.
    private static func order(_ task: GlueTask, _ configuration: ModelConfiguration?) -> [String]? {
        if task.isRegression { return nil }
        return configuration.map { ClassNames.toTrain(.glue(task), task.labelNames, $0) }
    }
}
