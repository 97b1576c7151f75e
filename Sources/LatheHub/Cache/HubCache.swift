import LatheFiles

/// One repository's part of the cache, laid out as huggingface_hub does it, so that both use the same files.
///
/// ```
/// models--org--name/refs/main                    the commit that `main` was when last asked
/// models--org--name/blobs/<etag>                 contents, each once
/// models--org--name/snapshots/<commit>/<file>    symbolic links to them
/// models--org--name/.no_exist/<commit>/<file>    files that the commit is known not to have
/// .locks/models--org--name/<etag>.lock           locked while the blob is fetched
/// ```
struct HubCache: Sendable {
    private let folder: String
    private let lockFolder: String

    init(directory: String, repository: String) {
        let name = "models--" + repository.split(separator: "/").joined(separator: "--")
        folder = directory + "/" + name
        lockFolder = directory + "/.locks/" + name
    }

    var blobFolder: String { folder + "/blobs" }
    func blob(_ etag: String) -> String { blobFolder + "/" + etag }
    func lock(_ etag: String) -> String { lockFolder + "/" + etag + ".lock" }
    func snapshot(_ commit: String) -> String { folder + "/snapshots/" + commit }
    func file(_ name: String, commit: String) -> String { snapshot(commit) + "/" + name }

    /// Makes the folders that a download writes to.
    func prepare() throws(HubError) {
        try CacheFiles.makeDirectory(blobFolder)
        try CacheFiles.makeDirectory(lockFolder)
    }

    /// Whether the commit's file called `name` is there.
    func has(_ name: String, commit: String) -> Bool {
        CacheFiles.size(of: file(name, commit: commit)) != nil
    }

    /// Makes the blob the commit's file called `name`.
    func link(_ name: String, commit: String, etag: String) throws(HubError) {
        let path = file(name, commit: commit)
        let depth = name.utf8.count { $0 == UInt8(ascii: "/") }
        try CacheFiles.makeDirectory(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]))
        try CacheFiles.link(path, to: String(repeating: "../", count: depth + 2) + "blobs/" + etag)
    }

    // MARK: Revisions

    /// The commit that `revision` is, as far as the cache knows.
    func commit(of reference: HubReference) throws(HubError) -> String? {
        if reference.isCommit { return reference.revision }
        guard let text = try CacheFiles.text(at: folder + "/refs/" + reference.revision, limit: 256) else { return nil }
        let commit = text.split(whereSeparator: \.isWhitespace).first.map(String.init) ?? ""
        return HubReference.isCommit(commit) ? commit : nil
    }

    /// Notes that `reference` is `commit`.
    func save(_ commit: String, as reference: HubReference) throws(HubError) {
        guard try self.commit(of: reference) != commit else { return }
        let path = folder + "/refs/" + reference.revision
        try CacheFiles.makeDirectory(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]))
        do {
            try AtomicFile.write(commit, to: path)
        } catch let error as FileError {
            throw .io(error)
        } catch {
            preconditionFailure("writing a text throws file errors only, got \(error)")
        }
    }

    // MARK: Completeness

    /// Whether the commit has what cannot be done without. Of the optional files nothing is known without the hub.
    func isUsable(_ files: HubFiles, commit: String) -> Bool {
        switch files {
        case .named(let names): return names.allSatisfy { has($0, commit: commit) }
        case .selected(let selection):
            guard has(selection.configuration, commit: commit),
                let weights = selection.weights.first(where: { has($0, commit: commit) })
            else { return false }
            guard weights.hasSuffix(".json") else { return true }
            guard let parts = try? selection.parts(file(weights, commit: commit)) else { return false }
            return parts.allSatisfy { has($0, commit: commit) }
        }
    }

    /// Whether the commit has all that the hub could give.
    func isComplete(_ files: HubFiles, commit: String) -> Bool {
        guard isUsable(files, commit: commit) else { return false }
        guard case .selected(let selection) = files else { return true }
        // Which companions there are is in the listing alone.
        if selection.isCompanion != nil { return false }
        return selection.optional.allSatisfy {
            has($0, commit: commit) || CacheFiles.size(of: absence(of: $0, commit: commit)) != nil
        }
    }

    /// Notes that the commit has no file called `name`. A cache that cannot be written to does without.
    func saveAbsence(of name: String, commit: String) {
        let path = absence(of: name, commit: commit)
        if CacheFiles.size(of: path) != nil { return }
        try? CacheFiles.makeDirectory(folder + "/.no_exist/" + commit)
        try? AtomicFile.write("", to: path)
    }

    private func absence(of name: String, commit: String) -> String {
        folder + "/.no_exist/" + commit + "/" + name
    }

    // MARK: Names from the network

    /// Whether `path` stays within the directory that it is relative to.
    static func isSafePath(_ path: String) -> Bool {
        let isClean = path.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\\") }
        return isClean && path.utf8.count <= 1000
            && path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
                !$0.isEmpty && $0 != "." && $0 != ".." && $0.utf8.count <= 255
            }
    }

    /// Whether `etag` can be a file's name, with `.incomplete` behind it.
    static func isSafeETag(_ etag: String) -> Bool {
        !etag.isEmpty && etag.utf8.count <= 200 && !etag.hasPrefix(".")
            && etag.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
                default: false
                }
            }
    }
}
