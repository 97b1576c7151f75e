import Foundation
import LatheTensor

/// A directory in which a model is written.
struct ModelDirectory {
    /// The files that make up a tokenizer.
    static let tokenizerFiles = [
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt", "vocab.json", "merges.txt", "added_tokens.json",
    ]

    private let prefix: String

    /// Makes `directory` and what leads to it, as far as they are missing, and removes what killed processes left there.
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

    /// Copies the files of the tokenizer in `source`, as far as they are there.
    func copyTokenizer(from source: String) throws {
        let source = source.hasSuffix("/") ? source : source + "/"
        if Self.resolved(source) == Self.resolved(prefix) { return }
        for name in Self.tokenizerFiles where FileManager.default.fileExists(atPath: source + name) {
            let file = try MappedFile(path: source + name)
            try file.withUnsafeBytes { bytes in
                try AtomicFile.write(to: path(name)) { try $0.write(bytes) }
            }
        }
    }

    private static func resolved(_ path: String) -> String { URL(fileURLWithPath: path).resolvingSymlinksInPath().path }
}
