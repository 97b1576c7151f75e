import Foundation
import LatheFiles
import LatheModels
import LatheTraining
import LatheWorkflows

/// The files that a command reads, none of which its output may replace.
struct CommandInputs {
    /// Directories of models, or of runs; names on the hub and of presets have no files here.
    var models: [String] = []
    /// Data, configs and tables: files, or directories of data.
    var files: [String] = []

    /// Makes sure that the output file at `path` is none of the inputs, by whatever path, link or hard link.
    /// - Parameter option: the option that names the output.
    /// - Throws: `InputReplacedError`.
    func check(outputFile path: String, option: String) throws(InputReplacedError) {
        guard let identity = FileIdentity(path) else { return }
        if let input = inputFiles.first(where: { FileIdentity($0) == identity }) {
            throw InputReplacedError(option: option, output: path, input: input)
        }
    }

    /// Makes sure that no file that a run writes into the directory at `path` is one of the inputs besides models.
    /// - Parameter names: the names of the files that a run writes.
    /// - Throws: `InputReplacedError`.
    func check(outputDirectory path: String, writing names: [String]) throws(InputReplacedError) {
        for input in files {
            guard let identity = FileIdentity(input),
                let name = names.first(where: { FileIdentity(path + "/" + $0) == identity })
            else { continue }
            throw InputReplacedError(option: "--out", output: path + "/" + name, input: input)
        }
    }

    /// All files that are read, as far as they exist.
    private var inputFiles: [String] {
        models.flatMap { Self.contents(of: $0, where: Self.isModelFile) }
            + files.flatMap { Self.contents(of: $0, where: Self.isDataFile) }
    }

    /// The files in a directory, and in the directories in it, whose names match; `path` itself if it is none.
    private static func contents(of path: String, depth: Int = 1, where matches: (String) -> Bool) -> [String] {
        guard ModelSource.isDirectory(path) else { return [path] }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.sorted().flatMap { name -> [String] in
            let place = (path.hasSuffix("/") ? path : path + "/") + name
            if !ModelSource.isDirectory(place) { return matches(name) ? [place] : [] }
            return depth > 0 ? contents(of: place, depth: depth - 1, where: matches) : []
        }
    }

    private static func isModelFile(_ name: String) -> Bool {
        ModelFileNames.contains(name) || name == RunRecord.fileName || name == TrainingLog.fileName
    }

    /// Names in the directories of GLUE and CIFAR-10.
    private static func isDataFile(_ name: String) -> Bool {
        ["train", "dev", "test", "data_batch"].contains(where: name.hasPrefix)
    }
}

/// A file, whatever paths lead to it.
private struct FileIdentity: Equatable {
    let device, number: UInt64

    /// Follows links; `nil` if there is no such file.
    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        device = UInt64(truncatingIfNeeded: status.st_dev)
        number = UInt64(truncatingIfNeeded: status.st_ino)
    }
}

/// An output that would replace what the command reads.
struct InputReplacedError: DescribedError, Equatable {
    let option, output, input: String

    var description: String {
        let same = output == input ? "the command reads this file" : "is the file \(input), which the command reads"
        return "\(option) \(output): \(same); name another file for the output"
    }
}
