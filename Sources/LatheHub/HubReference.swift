/// A model on the hub: `org/name`, or only `name` for the oldest ones, each with `@revision` behind it or not.
///
/// ```swift
/// let reference = try HubReference("google-bert/bert-base-uncased@main")
/// ```
public struct HubReference: Equatable, Sendable {
    /// The revision where none is named.
    public static let defaultRevision = "main"

    /// The models that the hub still finds without their organisation, and that have an architecture of Lathe's.
    package static let namesWithoutOrganization: Set<String> = [
        "bert-base-cased", "bert-base-chinese", "bert-base-german-cased", "bert-base-multilingual-cased",
        "bert-base-multilingual-uncased", "bert-base-uncased",
        "bert-large-cased", "bert-large-cased-whole-word-masking", "bert-large-uncased",
        "bert-large-uncased-whole-word-masking",
        "distilbert-base-cased", "distilbert-base-multilingual-cased", "distilbert-base-uncased",
        "distilbert-base-uncased-finetuned-sst-2-english",
        "distilgpt2", "distilroberta-base", "gpt2", "gpt2-large", "gpt2-medium", "gpt2-xl", "roberta-base",
        "roberta-large", "roberta-large-mnli",
    ]

    /// The repository: `org/name` or `name`.
    public let repository: String
    /// A branch, a tag, or a commit.
    public let revision: String

    /// Reads `org/name`, `name`, `org/name@revision` or `name@revision`.
    /// - Throws: `HubError.invalidName`.
    public init(_ text: String) throws(HubError) {
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        try self.init(
            repository: String(parts[0]), revision: parts.count == 2 ? String(parts[1]) : Self.defaultRevision)
    }

    /// Names the revision of a repository.
    /// - Throws: `HubError.invalidName`.
    public init(repository: String, revision: String = Self.defaultRevision) throws(HubError) {
        if let problem = Self.problem(ofRepository: repository) ?? Self.problem(ofRevision: revision) {
            throw .invalidName(problem.isAboutRevision ? revision : repository, problem)
        }
        self.repository = repository
        self.revision = revision
    }

    /// Whether the revision is the full hash of a commit, whose files never change.
    public var isCommit: Bool { Self.isCommit(revision) }

    /// Whether `text` is the full hash of a commit: 40 hexadecimal digits in lower case.
    static func isCommit(_ text: String) -> Bool {
        text.utf8.count == 40 && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    /// Source: huggingface_hub, `utils/_validators.py`, `validate_repo_id`.
    private static func problem(ofRepository repository: String) -> HubError.NameProblem? {
        let parts = repository.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2 else { return .severalSlashes }
        for part in parts {
            guard let first = part.utf8.first, let last = part.utf8.last else { return .empty }
            guard part.utf8.count <= 96 else { return .tooLong }
            guard part.utf8.allSatisfy({ isWordByte($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }) else {
                return .character
            }
            guard isWordByte(first), isWordByte(last) else { return .edge }
        }
        if repository.contains("--") || repository.contains("..") { return .doubled }
        return repository.hasSuffix(".git") ? .gitSuffix : nil
    }

    /// What git refuses as the name of a branch or tag, as far as it could lead out of the cache or garble a message.
    private static func problem(ofRevision revision: String) -> HubError.NameProblem? {
        let isClean = revision.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && !"~^:?*[\\".utf8.contains($0) }
        let parts = revision.split(separator: "/", omittingEmptySubsequences: false)
        let areParts = parts.allSatisfy { !$0.isEmpty && !$0.hasPrefix(".") && $0.utf8.count <= 200 }
        return isClean && areParts && !revision.contains("..") && revision.utf8.count <= 1000 ? nil : .revision
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x5F, 0x61...0x7A: true
        default: false
        }
    }
}

extension HubReference: CustomStringConvertible {
    /// The repository, and the revision if it is not the default one.
    public var description: String {
        revision == Self.defaultRevision ? repository : "\(repository)@\(revision)"
    }
}

extension HubError {
    /// Why a name cannot be that of a repository or revision.
    public enum NameProblem: Equatable, Sendable {
        /// The name, or a part of it, has no characters.
        case empty
        /// A part of more than 96 characters.
        case tooLong
        /// Something other than ASCII letters, digits, `-`, `_` and `.`.
        case character
        /// More than one slash.
        case severalSlashes
        /// A part that begins or ends with `-` or `.`.
        case edge
        /// `--` or `..`.
        case doubled
        /// `.git` at the end.
        case gitSuffix
        /// A revision that git would not take.
        case revision

        var isAboutRevision: Bool { self == .revision }
    }
}
