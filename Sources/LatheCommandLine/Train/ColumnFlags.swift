import ArgumentParser
import LatheTraining

/// The columns of a user's own tables.
struct ColumnFlags: ParsableArguments {
    @Option(
        name: .customLong("text-column"),
        help: ArgumentHelp(
            "The column with the text, for tasks \(Self.tasks). (default: by the names in the file)", valueName: "name")
    )
    var text: String?

    @Option(
        name: .customLong("pair-column"),
        help: ArgumentHelp("The column with the second text of a pair.", valueName: "name"))
    var pair: String?

    @Option(
        name: .customLong("label-column"),
        help: ArgumentHelp(
            "The column with the label. (default: by the names in the file) For multilabel, lists of labels; or repeat it for columns of 0 and 1.",
            valueName: "name"))
    var labels: [String] = []

    @Option(
        name: .customLong("label-separator"),
        help: ArgumentHelp(
            "What stands between the labels of a list. (default: the first of | ; , that occurs)",
            valueName: "character"), transform: Self.separator)
    var separator: Character?

    @Flag(name: .customLong("no-header"), help: "The file has no row with names; columns are called 1, 2, ….")
    var hasNoHeader = false

    private static let tasks = TextTask.own.map(\.name).joined(separator: ", ")

    private var firstGiven: String? {
        let given = [
            ("--text-column", text != nil), ("--pair-column", pair != nil), ("--label-column", !labels.isEmpty),
            ("--label-separator", separator != nil),
            ("--no-header", hasNoHeader),
        ]
        return given.first { $0.1 }?.0
    }

    /// Makes sure that columns are named for a task that has such.
    func check(for task: TaskName) throws {
        if case .text(let task) = task, task.glue == nil {
            if labels.count > 1, task != .multilabel {
                throw ValidationError("Task \(task.name) has one column with labels; give --label-column once.")
            }
            if separator != nil, task != .multilabel {
                throw ValidationError("--label-separator is for task multilabel.")
            }
            return
        }
        if let option = firstGiven {
            throw ValidationError("\(option) is for tasks \(Self.tasks); the columns of task \(task.name) are fixed.")
        }
    }

    /// The columns: those that were named, else those that the model in `directory` was trained with.
    func columns(learnedBy directory: String?, _ task: TaskName) -> TextColumns {
        guard case .text(let task) = task, task.glue == nil else { return TextColumns() }
        guard firstGiven == nil else {
            var columns = TextColumns(text: text, pair: pair, labels: labels)
            (columns.separator, columns.hasHeader) = (separator, !hasNoHeader)
            return columns
        }
        return directory.map { TextColumns(learnedBy: $0) } ?? TextColumns()
    }

    private static func separator(_ text: String) throws -> Character {
        if text.count == 1, let character = text.first { return character }
        throw ValidationError("--label-separator takes one character, got '\(text)'.")
    }
}

/// How a run is measured.
struct MeasuringFlags: ParsableArguments {
    @Option(
        name: .customLong("dev-share"),
        help: "Hold back this share of --train to measure with, the same examples in every run, in place of --dev.")
    var devShare: Double?

    @Flag(help: "Show, in the end, how often each class was answered for each.")
    var confusion = false

    /// Makes sure that the flags go with the task and its files, and notes that nothing will be measured.
    func check(for task: TaskName, dev: [String]) throws {
        if let devShare {
            try Self.check(devShare)
            guard case .text = task else {
                throw ValidationError(
                    "--dev-share is for tasks on texts with labels; name files with --dev for task \(task.name).")
            }
            if !dev.isEmpty {
                throw ValidationError(
                    "--dev names files to measure with, --dev-share holds back a part of --train; give one of them.")
            }
        }
        if confusion, !task.hasClasses {
            throw ValidationError("--confusion is for tasks with classes, and not for task \(task.name).")
        }
    }

    /// A note on a run that measures nothing; `nil` for others.
    func note(for task: TaskName, dev: [String]) -> String? {
        guard dev.isEmpty, devShare == nil, task != .digits else { return nil }
        var cure = "name files with --dev"
        if case .text = task { cure += ", or hold back a tenth of --train with --dev-share 0.1" }
        return "no --dev: the model is not measured, and the last one is kept, not the best; \(cure)"
    }

    static func check(_ share: Double) throws {
        if !(share > 0 && share < 1) {
            throw ValidationError("--dev-share takes a share above 0 and below 1, got \(share).")
        }
    }
}
