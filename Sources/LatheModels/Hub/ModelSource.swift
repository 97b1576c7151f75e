/// What a user may write for a model: the path of a directory, or a name on the hub.
public enum ModelSource {
    /// The directory that `argument` stands for, downloaded from the hub where it names a model there.
    ///
    /// A directory of that name wins. What looks like a path (it begins with `/`, `./`, `../` or `~`, ends with `/`, or has
    /// more than one slash) is never sent to the hub.
    /// - Parameters:
    ///   - argument: a directory, or `org/model`.
    ///   - files: what is downloaded.
    ///   - client: gets the model from the hub; made only if that is necessary.
    ///   - report: told about progress and warnings.
    /// - Throws: `HubError`: `noSuchDirectory` or `notDirectory` for paths, `invalidName` for what is neither a path nor a
    ///   name, and what ``HubClient/snapshot(of:files:report:)`` throws.
    public static func directory(
        for argument: String, files: HubFiles = .model, client: () throws(HubError) -> HubClient = { () throws(HubError) in HubClient(settings: try HubSettings()) },
        report: @escaping (HubEvent) -> Void = { _ in }
    ) throws(HubError) -> String {
        if CacheFiles.isDirectory(argument) { return argument }
        if CacheFiles.size(of: argument) != nil { throw .notDirectory(path: argument) }
        if isPath(argument) { throw .noSuchDirectory(path: argument) }
        let reference = try HubReference(argument)
        return try client().snapshot(of: reference, files: files, report: report)
    }

    /// Whether there is a directory at `path`.
    public static func isDirectory(_ path: String) -> Bool { CacheFiles.isDirectory(path) }

    /// Whether there is a plain file at `path`.
    public static func isFile(_ path: String) -> Bool { CacheFiles.size(of: path) != nil }

    /// Whether `argument` can only be meant as a path. Slashes in a revision (`org/name@refs/pr/1`) do not count.
    private static func isPath(_ argument: String) -> Bool {
        let name = argument.prefix { $0 != "@" }
        return argument.isEmpty || argument == "." || argument == ".." || argument.hasSuffix("/")
            || ["/", "./", "../", "~"].contains { argument.hasPrefix($0) }
            || name.utf8.count { $0 == UInt8(ascii: "/") } > 1
    }
}
