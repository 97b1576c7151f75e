/// What a download says while it runs.
public enum HubEvent: Equatable, Sendable {
    /// `byteCount` of the `totalByteCount` bytes of `file` are there.
    case progress(file: String, byteCount: Int, totalByteCount: Int)
    /// Something that the user should know and that does not stop the work.
    case warning(Warning)
}

extension HubEvent {
    /// What can go wrong in a download without ending it.
    public enum Warning: Equatable, Sendable {
        /// The hub was not asked for anything newer: the network is switched off, or failed with `error`.
        case usingCache(HubReference, commit: String, error: HubError?)
        /// A failure after which the work goes on, `pause` seconds later.
        case retrying(file: String, HubError, pause: Double)
        /// What came was damaged, and is fetched anew.
        case damaged(HubError)
        /// Another process is fetching the same file.
        case waiting(file: String)
        /// The snapshot is complete, but the cache could not note which revision it is.
        case referenceNotSaved(HubError)
    }
}

extension HubEvent.Warning: CustomStringConvertible {
    /// The message in one line.
    public var description: String {
        switch self {
        case .usingCache(let reference, let commit, nil):
            "\(reference): offline; using the cached files of commit \(commit.prefix(12))"
        case .usingCache(let reference, let commit, let error?):
            "\(reference): using the cached files of commit \(commit.prefix(12)), there may be newer ones (\(error.reason))"
        case .retrying(let file, let error, let pause):
            "\(file): \(error.reason); trying again in \(Int(pause.rounded(.up))) s"
        case .damaged(let error): "\(error.reason); downloading it again"
        case .waiting(let file): "\(file): another process is downloading it; waiting"
        case .referenceNotSaved(let error):
            "the cache cannot note the revision, so that it will not be found offline: \(error)"
        }
    }
}
