import Foundation
import LatheModels

/// The files of a task as a user names them.
struct TaskFiles {
    let task: GlueTask
    let part: GlueTask.Part
    let paths: [String]

    /// - Parameter arguments: files, or directories in which GLUE's names are looked for: `glue/SST-2`, or `glue` itself.
    init(_ arguments: [String], task: GlueTask, part: GlueTask.Part) {
        self.task = task
        self.part = part
        paths = arguments.flatMap { argument -> [String] in
            guard FileManager.default.isDirectory(argument) else { return [argument] }
            let nested = argument + "/" + task.directoryName
            let directory = FileManager.default.isDirectory(nested) ? nested : argument
            return task.fileNames(part).map { directory + "/" + $0 }
        }
    }

    /// Reads and tokenises the files: together as one set, but MNLI's two held-back ones apart.
    /// - Parameter labelNames: the classes in the order of the model's outputs; nil for the task's own.
    /// - Throws: `DataError`, `TokenizerError`, `TaskError`.
    func load(_ labels: LabelRequirement, labelNames: [String]?, tokenizer: Tokenizer, maxLength: Int) throws -> [TokenizedTexts] {
        guard paths.count <= 2 || task != .mnli || part == .train else {
            throw TaskError.files(task: task.rawValue, problem: "takes the matched and the mismatched file, got \(paths.count) files")
        }
        let files = try paths.map { try DatasetFile.load($0, task: task, labels: labels, labelNames: labelNames) }
        let sets = task == .mnli && part != .train ? files.map(\.examples) : [files.flatMap(\.examples)]
        return try sets.map { try TokenizedTexts($0, tokenizer: tokenizer, maxLength: maxLength) }
    }
}

extension FileManager {
    func isDirectory(_ path: String) -> Bool {
        var isDirectory: ObjCBool = false
        return fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
    }
}
