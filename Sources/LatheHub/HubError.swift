import LatheFiles

/// Why a model cannot be had from the hub, or from the cache of an earlier download.
public indirect enum HubError: DescribedError, Equatable, Sendable {
    // Names and settings.

    /// A name that no repository or revision has.
    case invalidName(String, NameProblem)
    /// An environment variable, or the file of the token, with an impossible value; nil where that is a secret.
    case invalidSetting(variable: String, value: String?, expected: String)
    /// A path without a directory, and the directory beside it whose name is most like it.
    case noSuchDirectory(path: String, nearest: String? = nil)
    /// A path to a file.
    case notDirectory(path: String)

    // Access.

    /// The hub does not show the repository to somebody without a token, or with this one (401).
    case unauthorized(repository: String, hasToken: Bool)
    /// A repository whose licence must be accepted on `page` first.
    case gated(repository: String, page: String, hasToken: Bool)
    /// The hub knows who asks and refuses (403); `message` is its reason.
    case forbidden(repository: String, message: String?)
    /// No such repository.
    case noSuchRepository(repository: String)
    /// A repository without that revision.
    case noSuchRevision(repository: String, revision: String)
    /// A revision without that file.
    case noSuchFile(HubReference, file: String)
    /// A repository that has no `config.json`.
    case noConfiguration(HubReference)
    /// A repository without weights that can be read.
    case noWeights(HubReference, expected: [String])

    // The network.

    /// The network is switched off, and the cache does not have the files.
    case offline(HubReference, cacheDirectory: String)
    /// The connection failed.
    case connection(url: String, ConnectionProblem)
    /// An answer that is no success, and how long to wait before asking again, in seconds, if the hub said so.
    case status(url: String, code: Int, retryAfter: Double?)
    /// The last of several failures.
    case gaveUp(attempts: Int, last: HubError)
    /// More redirections than there can be need for.
    case tooManyRedirects(url: String)
    /// A redirection to something that is not HTTPS.
    case unsafeRedirect(url: String, target: String)

    // Answers.

    /// An answer that is not what the hub sends.
    case malformedAnswer(url: String, problem: String)
    /// An answer of more bytes than `limit`.
    case answerTooLarge(url: String, limit: Int)
    /// A file's name that leads out of the directory.
    case unsafeFileName(repository: String, name: String)
    /// An ETag that cannot be a file's name.
    case unsafeETag(file: String, etag: String)
    /// A file of another size than announced, in bytes.
    case wrongSize(file: String, expected: Int, got: Int)
    /// A file of another checksum than announced.
    case wrongChecksum(file: String, expected: String, got: String)
    /// An index of shards that cannot be read.
    case index(problem: String)

    // The disk.

    /// Too little room for a file, in bytes.
    case diskFull(path: String, needed: Int, available: Int)
    /// The file system refused.
    case io(FileError)
}

extension HubError {
    /// Why a connection failed.
    public enum ConnectionProblem: DescribedError, Equatable, Sendable {
        /// The name has no address.
        case cannotFindHost
        /// Nobody answers at the address.
        case cannotConnect
        /// Nothing came for too long.
        case timedOut
        /// The connection ended too early.
        case lost
        /// There is no trust in the server; the text is the system's.
        case insecure(String)
        /// Something else, in the system's words.
        case other(String)
    }
}

extension HubError {
    /// Whether the same request may succeed a little later.
    var isTransient: Bool {
        switch self {
        case .connection(_, .insecure): false
        case .connection: true
        // 416: what is on the disk did not fit; it is thrown away before the next attempt.
        case .status(_, let code, _): [408, 416, 429].contains(code) || code >= 500
        default: false
        }
    }

    /// Whether nobody was there to answer, which seconds seldom change.
    var isUnreachable: Bool {
        switch self {
        case .connection(_, .cannotFindHost), .connection(_, .cannotConnect): true
        default: false
        }
    }

    /// Whether the hub could not be asked, so that what it said earlier is the best answer.
    var isOutage: Bool {
        switch self {
        case .connection: true
        case .gaveUp(_, let last): last.isOutage
        default: isTransient
        }
    }

    /// Whether a file came, and is not the one that was announced.
    var isDamaged: Bool {
        switch self {
        case .wrongSize, .wrongChecksum: true
        default: false
        }
    }
}
