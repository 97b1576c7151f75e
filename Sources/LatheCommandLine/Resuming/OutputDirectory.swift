import Foundation
import LatheCheckpoints
import LatheFiles
import LatheHub
import LatheModels
import LatheWorkflows

/// The place of a new model.
enum OutputDirectory {
    /// Files and directories by which a run of Lathe, or a model, is known; what they mean for a new run is checked
    /// where it begins. `.lathe-new` is what a process leaves that is killed while its files move to their places.
    private static let known =
        Checkpoint.fileNames + RunFiles.names + RunFiles.directories + ["checkpoint.safetensors", ".lathe-new"]

    /// Files that a run writes, whatever was there.
    private static let written = known + HubFiles.optional + [ModelConfiguration.fileName]

    /// Makes sure that a model may be written into the directory at `path`.
    /// - Parameters:
    ///   - path: the directory, which need not exist.
    ///   - inputs: the directories of the models that are read, and all other files.
    ///   - mayHoldFiles: whether files that have nothing to do with a model may be there: with `--overwrite`.
    /// - Throws: `OutputDirectoryError`, `InputReplacedError`.
    static func check(_ path: String, reading inputs: CommandInputs, mayHoldFiles: Bool) throws {
        guard ModelSource.isDirectory(path) else { return }
        let place = ResolvedPath.of(path)
        try inputs.check(outputDirectory: path, writing: written)
        if inputs.models.contains(where: { ModelSource.isDirectory($0) && ResolvedPath.of($0) == place }) {
            throw OutputDirectoryError.isModel(path: path)
        }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        let visible = names.filter { !$0.hasPrefix(".") }.sorted()
        if !mayHoldFiles, !visible.isEmpty, !known.contains(where: names.contains) {
            throw OutputDirectoryError.holdsFiles(path: path, names: visible)
        }
    }
}

/// Why a model cannot be written into a directory.
enum OutputDirectoryError: DescribedError, Equatable {
    /// The directory of the model that is read.
    case isModel(path: String)
    /// Files of the user, and neither a model nor a run.
    case holdsFiles(path: String, names: [String])

    var description: String {
        switch self {
        case .isModel(let path):
            "--out \(path): the directory of the model that is read; name a new or an empty directory"
        case .holdsFiles(let path, let names):
            "--out \(path): the directory holds \(names.prefix(3).joined(separator: ", "))"
                + (names.count > 3 ? " and \(names.count - 3) more" : "")
                + ", but no model; name a new or an empty directory, or add the model to these files with --overwrite"
        }
    }
}

extension FineTuning.Start {
    /// The directory of the model, if it has one.
    var directories: [String] {
        if case .directory(let path) = self { [path] } else { [] }
    }
}
