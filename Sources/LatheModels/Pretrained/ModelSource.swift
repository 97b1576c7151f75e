import Foundation
import LatheFiles
import LatheHub

/// What a user may write for a model: the path of a directory, or a name on the hub.
public enum ModelSource {
    /// Returns the directory of a model, downloaded from the hub if `argument` names one there.
    ///
    /// The environment sets the cache's directory, the hub's address, an access token and offline use, by the variables
    /// of Python's `huggingface_hub`: `HF_HOME`, `HF_HUB_CACHE`, `HF_ENDPOINT`, `HF_TOKEN`, `HF_HUB_OFFLINE`.
    ///
    /// A directory of that name is used as it is. Only `org/model`, and the few names without an organisation that the
    /// hub has, are sent to the hub; everything else is a path: what begins with `/`, `./`, `../` or `~`, ends with
    /// `/`, has more than one slash or none, or begins with the name of a directory that exists here.
    /// - Parameters:
    ///   - argument: a directory, or `org/model`.
    ///   - report: receives progress and warnings.
    /// - Throws: `HubError`: `noSuchDirectory` or `notDirectory` for paths, `invalidName` for what is neither a path
    ///   nor a name, and the cases of failed downloads.
    public static func directory(for argument: String, report: @escaping (HubEvent) -> Void = { _ in })
        throws(HubError) -> String
    {
        try directory(for: argument, files: .model, report: report)
    }

    /// Returns the directory of a model with the files that `files` selects.
    /// - Parameters:
    ///   - argument: a directory, or `org/model`.
    ///   - files: what is downloaded.
    ///   - client: gets the model from the hub; made only if that is necessary.
    ///   - report: receives progress and warnings.
    /// - Throws: `HubError`: `noSuchDirectory` or `notDirectory` for paths, `invalidName` for what is neither a path
    ///   nor a name, and what `HubClient.snapshot(of:files:report:)` throws.
    package static func directory(
        for argument: String, files: HubFiles = .model,
        client: () throws(HubError) -> HubClient = { () throws(HubError) in HubClient(settings: try HubSettings()) },
        report: @escaping (HubEvent) -> Void = { _ in }
    ) throws(HubError) -> String {
        if CacheFiles.isDirectory(argument) { return argument }
        if CacheFiles.size(of: argument) != nil { throw .notDirectory(path: argument) }
        if isPath(argument) { throw .noSuchDirectory(path: argument, nearest: nearestDirectory(to: argument)) }
        let reference = try HubReference(argument)
        return try client().snapshot(of: reference, files: files, report: report)
    }

    /// Whether there is a directory at `path`.
    package static func isDirectory(_ path: String) -> Bool { CacheFiles.isDirectory(path) }

    /// Whether there is a plain file at `path`.
    package static func isFile(_ path: String) -> Bool { CacheFiles.size(of: path) != nil }

    /// Whether `argument` can only be a path. Slashes in a revision (`org/name@refs/pr/1`) do not count.
    private static func isPath(_ argument: String) -> Bool {
        let name = argument.prefix { $0 != "@" }, parts = name.split(separator: "/", omittingEmptySubsequences: false)
        if argument.hasSuffix("/") || ["/", "./", "../", "~"].contains(where: argument.hasPrefix) { return true }
        guard parts.count == 2 else {
            return parts.count > 2 || !HubReference.namesWithoutOrganization.contains(String(name))
        }
        return CacheFiles.isDirectory(String(parts[0]))
    }

    /// The directory beside the missing one at `path` whose name is most like it, as a path of the same form.
    private static func nearestDirectory(to path: String) -> String? {
        var path = path[...]
        while path.count > 1, path.last == "/" { path.removeLast() }
        let parent = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "",
            name = String(path.dropFirst(parent.count))
        let names = (try? FileManager.default.contentsOfDirectory(atPath: parent.isEmpty ? "." : parent)) ?? []
        return NearestName.of([name], in: names.sorted().filter { CacheFiles.isDirectory(parent + $0) }).map {
            parent + $0
        }
    }
}
