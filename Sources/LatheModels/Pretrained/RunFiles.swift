import Foundation
import LatheCheckpoints
import LatheFiles

/// The names of what runs of Lathe leave beside a model.
package enum RunFiles {
    /// The record of the run.
    package static let record = "lathe.json"
    /// The losses and scores of a training.
    package static let log = "training.jsonl"
    /// The arguments of the command, for going on.
    package static let arguments = "arguments.json"
    /// The files at the top of a directory that describe the run that wrote the model.
    package static let names = [record, log, arguments]
    /// Directories in which a run keeps its state.
    package static let directories = ["training", "distillation"]

    /// Removes the record of a model that gives way to another one.
    /// - Throws: `FileError`.
    package static func removeRecord(from directory: String) throws(FileError) {
        let path = directory + "/" + record
        if unlink(path) != 0, errno != ENOENT, errno != ENOTDIR {
            throw .system(path: path, operation: .remove, code: errno)
        }
    }
}

extension StagedFiles {
    /// Puts a model into `directory`: the configuration, the record of the run if there is one, and last the weights,
    /// by which one sees that the model is complete.
    package static func writeModel<Result>(into directory: String, _ body: (_ staging: String) throws -> Result) throws
        -> Result
    {
        try write(into: directory, last: [ModelConfiguration.fileName, RunFiles.record, Checkpoint.fileNames[0]], body)
    }
}
