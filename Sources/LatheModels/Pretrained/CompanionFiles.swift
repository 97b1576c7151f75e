import Foundation
import LatheCheckpoints
import LatheFiles

/// The files of a model's directory beside `config.json` and the weights: the tokenizer, `modules.json` with the
/// directories that it names, `generation_config.json`, texts, pictures.
package struct CompanionFiles {
    /// Paths in the directory, in order.
    package private(set) var files: [String] = []
    /// Directories, each after the one that it is in.
    private(set) var directories: [String] = []
    /// The files that do not belong to the model in another form.
    package private(set) var leftOut: [String] = []
    private var root = ""

    /// No files.
    package init() {}

    /// Finds what is in `directory`.
    /// - Parameter output: the directory that is written, which does not count, nor does one of `directory` that it is
    ///   in.
    /// - Throws: `FileError`.
    package init(in directory: String, without output: String) throws {
        root = directory
        try find("", without: ResolvedPath.of(output))
    }

    /// Leaves out files at the top of the directory.
    mutating func removeFiles(_ names: [String]) { files.removeAll(where: names.contains) }

    /// The most levels of directories.
    private static let depthLimit = 8

    private mutating func find(_ directory: String, without output: String, depth: Int = 0) throws {
        for name in try DirectoryListing.names(in: root + "/" + directory).sorted() where !name.hasPrefix(".") {
            let path = directory.isEmpty ? name : directory + "/" + name, place = root + "/" + path
            if ModelSource.isFile(place) {
                if Self.isCompanion(path) { files.append(path) } else if !Self.isReplaced(path) { leftOut.append(path) }
            } else if ModelSource.isDirectory(place),
                (try? FileManager.default.destinationOfSymbolicLink(atPath: place)) == nil,
                !(output + "/").hasPrefix(ResolvedPath.of(place) + "/")
            {
                if Self.isOfRun(path) || depth == Self.depthLimit || isOtherModel(path) {
                    leftOut.append(path + "/")
                } else {
                    directories.append(path)
                    try find(path, without: output, depth: depth + 1)
                }
            }
        }
    }

    /// Copies all of them into `target`, which exists.
    /// - Throws: `FileError`.
    package func copy(to target: String) throws {
        // A directory of weights in another form stays away with them; an empty one may be a module without settings.
        for directory in directories
        where Self.isModule(directory) || files.contains(where: { $0.hasPrefix(directory + "/") }) {
            try FileManager.default.createDirectory(atPath: target + "/" + directory, withIntermediateDirectories: true)
        }
        for name in files {
            let file = try MappedFile(path: root + "/" + name)
            try file.withUnsafeBytes { bytes in try AtomicFile.write(to: target + "/" + name) { try $0.write(bytes) } }
        }
    }

    // MARK: Which files they are

    /// Whether the file at `path`, relative to the model's directory, belongs to a model in whatever form its weights
    /// are.
    static func isCompanion(_ path: String) -> Bool {
        let parts = path.split(separator: "/").map(String.init)
        guard let name = parts.last, !parts.contains(where: { $0.hasPrefix(".") }),
            !isOfRun(parts[0]) || parts.count == 1
        else { return false }
        if parts.count > 1, isModule(parts[0]) { return true }
        return path != ModelConfiguration.fileName && !isWeights(name)
    }

    /// Whether the conversion writes the file anew.
    private static func isReplaced(_ path: String) -> Bool {
        path == ModelConfiguration.fileName || Checkpoint.fileNames.contains(path)
    }

    /// A directory of a module of sentence-transformers: `1_Pooling`, `2_Dense`. Its weights are not the model's.
    private static func isModule(_ directory: String) -> Bool {
        let number = directory.prefix { $0.isASCII && $0.isNumber }
        return !number.isEmpty && directory.dropFirst(number.count).hasPrefix("_")
    }

    /// Whether the directory at `path` holds a model of its own, such as what an earlier run made of this one. A module
    /// of sentence-transformers does not count.
    private func isOtherModel(_ path: String) -> Bool {
        let holds = { (name: String) in ModelSource.isFile(root + "/" + path + "/" + name) }
        return !Self.isModule(path) && holds(ModelConfiguration.fileName) && Checkpoint.fileNames.contains(where: holds)
    }

    /// What a run of Lathe keeps for itself.
    private static func isOfRun(_ directory: String) -> Bool { RunFiles.directories.contains(directory) }

    private static let weightEndings = [
        "safetensors", "bin", "pt", "pth", "ckpt", "h5", "msgpack", "onnx", "onnx_data", "gguf", "ggml", "tflite", "ot",
        "npz", "pb", "xml", "mlmodel",
    ]

    private static func isWeights(_ name: String) -> Bool {
        name.hasSuffix(".index.json") || weightEndings.contains { name.hasSuffix("." + $0) }
    }
}
