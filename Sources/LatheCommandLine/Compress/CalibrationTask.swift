import ArgumentParser
import LatheModels
import LatheTraining
import LatheWorkflows

/// The task whose columns a file of calibration data has.
enum CalibrationTask {
    /// The task of `file`: the given one or, for a table or images, the one that the model learned, as `lathe eval`
    /// takes it. Nil for plain text and JSON lines with a `text` each.
    /// - Parameters:
    ///   - file: the path; nil without a file.
    ///   - given: what `--task` says.
    ///   - model: the model's directory.
    /// - Throws: `ValidationError` for a table of which neither names the columns.
    static func of(_ file: String?, given: TaskName?, model: String) throws -> TaskName? {
        if let given { return given }
        let learned = TaskName(learnedBy: model)
        guard let file else { return learned?.readsTexts == true ? nil : learned }
        if let learned, !learned.readsTexts { return learned }
        guard CalibrationContent(of: file) == .table else { return nil }
        if let learned { return learned }
        if (try? PretrainedModel.configuration(in: model))?.architecture.head == .languageModel {
            Console.current.warn("note: \(file): read as plain text, whatever its columns")
            return nil
        }
        throw ValidationError(
            "--task is missing: \(file) is a table, and \(model) does not say what it learned; name the task whose columns the file has, or give plain text."
        )
    }

    /// The task of labelled files: the given one, or the one that the model learned.
    /// - Throws: `ValidationError` without either.
    static func ofLabelled(given: TaskName?, model: String) throws -> TaskName {
        if let task = given ?? TaskName(learnedBy: model) { return task }
        throw ValidationError(
            "--dev has files of a task, and \(model) does not say what it learned; name the task with --task.")
    }
}

extension TaskName {
    /// Whether the task's files are texts or tables of them, and not images.
    fileprivate var readsTexts: Bool { self != .digits && self != .cifar10 }
}
