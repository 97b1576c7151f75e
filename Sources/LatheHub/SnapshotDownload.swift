import LatheFiles

/// Brings the files of one revision into the cache.
struct SnapshotDownload {
    let reference: HubReference
    let cache: HubCache
    let connection: HubConnection
    let retries: HubRetries
    let pieceByteCount: Int
    let report: (HubEvent) -> Void

    /// The most bytes of a list of files, and of an index of shards.
    private static let jsonLimit = 64 << 20

    /// Asks which commit the revision is, and what it holds. Where nobody answers at all, this first request is not
    /// repeated: it is more likely that there is no network than that it just broke down.
    func list(attempts: Int) throws(HubError) -> HubListing {
        var retries = retries
        retries.attempts = attempts
        let url = connection.listingURL
        let json = try retries(reference.description, report: report) {
            () throws(HubError) -> Result<JSONValue, HubError> in
            do throws(HubError) {
                return .success(try connection.json(at: url, limit: Self.jsonLimit))
            } catch  where error.isUnreachable {
                return .failure(error)
            }
        }
        let listing = try HubListing(json.get(), repository: reference.repository, url: url.publicText)
        guard !reference.isCommit || listing.commit == reference.revision else {
            throw .malformedAnswer(
                url: url.publicText, problem: "expected commit \(reference.revision), got \(listing.commit)")
        }
        return listing
    }

    /// Fetches the files that are missing, the large ones last, and then notes the revision: until all is there, an
    /// older snapshot stays the one that is found offline.
    func fetch(_ files: HubFiles, in listing: HubListing) throws(HubError) {
        switch files {
        case .named(let names):
            for name in names { try fetch(name, in: listing) }
        case .selected(let selection):
            if let isCompanion = selection.isCompanion {
                for name in listing.files.sorted() where isCompanion(name) { try fetch(name, in: listing) }
            }
            try fetchModel(selection, in: listing)
        }
        do throws(HubError) {
            try cache.save(listing.commit, as: reference)
        } catch {
            report(.warning(.referenceNotSaved(error)))
        }
    }

    private func fetchModel(_ selection: HubSelection, in listing: HubListing) throws(HubError) {
        guard listing.files.contains(selection.configuration) else { throw .noConfiguration(reference) }
        guard let weights = selection.weights.first(where: listing.files.contains) else {
            throw .noWeights(reference, expected: selection.weights)
        }
        try fetch(selection.configuration, in: listing)
        for name in selection.optional {
            if listing.files.contains(name) {
                try fetch(name, in: listing)
            } else {
                cache.saveAbsence(of: name, commit: listing.commit)
            }
        }
        try fetch(weights, in: listing)
        guard weights.hasSuffix(".json") else { return }
        let path = cache.file(weights, commit: listing.commit)
        if let size = CacheFiles.size(of: path), size > Self.jsonLimit {
            throw .answerTooLarge(url: path, limit: Self.jsonLimit)
        }
        let parts: [String]
        do { parts = try selection.parts(path) } catch { throw .index(problem: "\(error)") }
        for part in parts { try fetch(part, in: listing) }
    }

    private func fetch(_ name: String, in listing: HubListing) throws(HubError) {
        if cache.has(name, commit: listing.commit) { return }
        guard listing.files.contains(name) else { throw .noSuchFile(reference, file: name) }
        let download = BlobDownload(
            file: name, commit: listing.commit, cache: cache, connection: connection, retries: retries,
            pieceByteCount: pieceByteCount, report: report)
        try download.run()
    }
}
