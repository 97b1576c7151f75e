import LatheDigits
import LatheFiles
import LatheTraining

/// The identity of the data that a model is scored on. Scores of equal data can be ranked; others cannot.
public struct ScoredData: Codable, Sendable, Equatable {
    /// A file as it was named, and what it holds.
    public struct File: Codable, Sendable, Equatable {
        /// The path as it was given.
        public var path: String
        /// The SHA-256 digest of the content, in hexadecimal digits.
        public var digest: String

        public init(path: String, digest: String) { (self.path, self.digest) = (path, digest) }
    }

    /// The files, in the order in which they are read; empty for built-in data.
    public var files: [File]
    /// What else decides the scores: the part of the files that is used, or the windows of a language model.
    public var note: String?

    public init(files: [File], note: String? = nil) { (self.files, self.note) = (files, note) }

    /// The built-in handwritten digits that are held back.
    public static let digits = ScoredData(
        files: [],
        note:
            "built-in digits, \(Int(DigitsDataset.heldBack.fraction * 100))% held back with seed \(DigitsDataset.heldBack.seed)"
    )

    /// A text that is equal for equal data, wherever the files are.
    public var key: String { (files.map(\.digest) + [note ?? ""]).joined(separator: "\n") }

    /// The names of the files, and the note: `dev.tsv`, `text.txt (windows of 512 tokens, 256 apart)`.
    public var title: String {
        let names = files.map { $0.path.split(separator: "/").last.map(String.init) ?? $0.path }.joined(
            separator: " and ")
        guard let note else { return names }
        return names.isEmpty ? note : "\(names) (\(note))"
    }
}

extension ScoredData {
    /// Reads the files that a task is measured with.
    /// - Parameters:
    ///   - task: the task.
    ///   - paths: files, or for a GLUE task also directories with GLUE's names.
    ///   - note: what else decides the scores.
    /// - Returns: `nil` without files to measure with, and if one cannot be read: what is wrong with it is said by
    ///   whatever scores the model.
    public init?(_ task: TaskName, files paths: [String], note: String? = nil) {
        if task == .digits {
            self = .digits
            return
        }
        var files = paths
        if case .text(let task) = task {
            files = TextFiles(paths, task: task, columns: TextColumns(), part: .dev).paths
        }
        guard !files.isEmpty, let read = try? files.map({ File(path: $0, digest: try FileDigest.sha256(path: $0)) })
        else { return nil }
        self.init(files: read, note: note)
    }

    /// The note on a user's own tables: the columns that are named, and the share of examples that is held back to be
    /// scored; `nil` for a whole file whose columns are chosen by their names.
    static func table(_ columns: TextColumns, devShare: Double?) -> String? {
        let parts =
            columns.recorded.map { "\($0.name) \($0.value)" } + (devShare.map { ["a share of \($0) held back"] } ?? [])
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    /// The note on a language model's windows, on which perplexity depends.
    /// - Parameters:
    ///   - length: tokens of a window.
    ///   - stride: tokens from one window to the next.
    public static func windows(length: Int, stride: Int) -> String {
        "windows of \(length) tokens" + (stride == length ? "" : ", \(stride) apart")
    }
}
