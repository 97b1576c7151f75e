/// Gets models from the Hugging Face hub into the cache that Python's tools use too, and out of it.
///
/// ```swift
/// let client = HubClient(settings: try HubSettings())
/// let directory = try client.snapshot(of: HubReference("google-bert/bert-base-uncased"))
/// ```
package struct HubClient: Sendable {
    /// Where the cache and the hub are.
    package var settings: HubSettings
    /// What happens after failures that may pass.
    package var retries: HubRetries
    /// Files are asked for in pieces of this many bytes, which is the most that waits in memory for a slow disk.
    var pieceByteCount = 64 << 20

    /// Makes a client; nothing is read, and nobody asked, before the first snapshot.
    package init(settings: HubSettings, retries: HubRetries = HubRetries()) {
        self.settings = settings
        self.retries = retries
    }

    /// The directory with the files of a revision, downloaded as far as they are missing.
    ///
    /// A commit whose files are all there is not asked for. Where the hub cannot be asked, or must not, the commit that
    /// the revision last was serves, with a warning.
    /// - Parameters:
    ///   - reference: the model, and its revision.
    ///   - files: what must be there.
    ///   - report: told about progress and warnings, on the thread that called.
    /// - Throws: `HubError`; what was downloaded until then is kept, and the next call goes on from there.
    package func snapshot(
        of reference: HubReference, files: HubFiles, report: @escaping (HubEvent) -> Void = { _ in }
    ) throws(HubError) -> String {
        if case .named(let names) = files, let name = names.first(where: { !HubCache.isSafePath($0) }) {
            throw .unsafeFileName(repository: reference.repository, name: name)
        }
        let cache = HubCache(directory: settings.cacheDirectory, repository: reference.repository)
        if reference.isCommit, cache.isComplete(files, commit: reference.revision) {
            return cache.snapshot(reference.revision)
        }
        let known = try cache.commit(of: reference).flatMap { cache.isUsable(files, commit: $0) ? $0 : nil }
        if settings.isOffline {
            guard let known else { throw .offline(reference, cacheDirectory: settings.cacheDirectory) }
            report(.warning(.usingCache(reference, commit: known, error: nil)))
            return cache.snapshot(known)
        }
        let download = SnapshotDownload(
            reference: reference, cache: cache, connection: HubConnection(settings, reference: reference),
            retries: retries,
            pieceByteCount: pieceByteCount, report: report)
        let listing: HubListing
        do throws(HubError) {
            listing = try download.list(attempts: known == nil ? retries.attempts : 1)
        } catch {
            guard let known, error.isOutage else { throw error }
            report(.warning(.usingCache(reference, commit: known, error: error)))
            return cache.snapshot(known)
        }
        try download.fetch(files, in: listing)
        return cache.snapshot(listing.commit)
    }
}
