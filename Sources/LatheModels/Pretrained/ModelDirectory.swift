import Foundation
import LatheFiles

/// A directory in which a model is written.
struct ModelDirectory {
    /// The files that make up a tokenizer.
    static let tokenizerFiles = [
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt", "vocab.json", "merges.txt",
        "added_tokens.json",
    ]

    private let prefix: String

    /// Makes `directory` and what leads to it, as far as they are missing, and removes what killed processes left
    /// there.
    /// - Throws: `ModelFileError.cannotCreate`, `FileError`.
    init(creating directory: String) throws {
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        } catch {
            throw ModelFileError.cannotCreate(directory: directory, reason: error.localizedDescription)
        }
        try AtomicFile.removeLeftovers(in: directory)
        prefix = directory.hasSuffix("/") ? directory : directory + "/"
    }

    func path(_ name: String) -> String { prefix + name }

    /// Copies the files beside the weights of the model in `source` (see `CompanionFiles`), except those of Lathe's
    /// runs.
    /// - Parameters:
    ///   - source: the directory of the model; `nil` for a new model.
    ///   - tokenizer: the directory of the tokenizer, whose files replace those of the model; `nil` for the model's
    ///     own.
    /// - Throws: `FileError`.
    func copyCompanions(of source: String?, tokenizerFrom tokenizer: String?) throws {
        let ownTokenizer = tokenizer.flatMap { tokenizer in
            source.map { ResolvedPath.of($0) == ResolvedPath.of(tokenizer) } ?? false ? nil : tokenizer
        }
        if let source, ModelSource.isDirectory(source), !isSame(source) {
            var companions = try CompanionFiles(in: source, without: prefix)
            companions.removeFiles(RunFiles.names)
            if ownTokenizer != nil { companions.removeFiles(Self.tokenizerFiles) }
            try companions.copy(to: prefix)
        }
        if let ownTokenizer { try copyTokenizer(from: ownTokenizer) }
    }

    /// Copies the files of the tokenizer in `source`, as far as they are there.
    private func copyTokenizer(from source: String) throws {
        if isSame(source) { return }
        for name in Self.tokenizerFiles where FileManager.default.fileExists(atPath: source + "/" + name) {
            let file = try MappedFile(path: source + "/" + name)
            try file.withUnsafeBytes { bytes in
                try AtomicFile.write(to: path(name)) { try $0.write(bytes) }
            }
        }
    }

    private func isSame(_ directory: String) -> Bool { ResolvedPath.of(directory) == ResolvedPath.of(prefix) }
}
