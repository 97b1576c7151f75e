import Foundation
import LatheFiles

/// Fetches one file's content into the cache.
struct BlobDownload {
    /// The file's name, for messages.
    let file: String
    let commit: String
    let cache: HubCache
    let connection: HubConnection
    let retries: HubRetries
    let pieceByteCount: Int
    let report: (HubEvent) -> Void

    /// What the hub tells about a file: the name of its content, and the size in bytes.
    private struct Description {
        let etag: String
        let byteCount: Int
    }

    /// Fetches what is missing, and makes the file one of the snapshot's.
    func run() throws(HubError) {
        let description = try retries(file, report: report) { () throws(HubError) in try describe() }
        try cache.prepare()
        let lock = try BlobLock(path: cache.lock(description.etag)) { report(.warning(.waiting(file: file))) }
        defer { withExtendedLifetime(lock) {} }
        if CacheFiles.size(of: cache.blob(description.etag)) != description.byteCount {
            do throws(HubError) {
                try fetch(description)
            } catch  where error.isDamaged {
                report(.warning(.damaged(error)))
                try fetch(description)
            }
        }
        try cache.link(file, commit: commit, etag: description.etag)
    }

    private func describe() throws(HubError) -> Description {
        let url = connection.fileURL(file, commit: commit)
        let head = try connection.head(url, file: file)
        if let got = head["X-Repo-Commit"], got != commit {
            throw .malformedAnswer(
                url: url.publicText, problem: "expected commit \(commit), got \(MessageText.plain(got))")
        }
        // The size of a redirection is that of its own text.
        let size = head.count("X-Linked-Size") ?? (head.isSuccess ? head.count("Content-Length") : nil)
        guard let size, let field = head["X-Linked-Etag"] ?? head["ETag"] else {
            throw .malformedAnswer(url: url.publicText, problem: "no ETag or no size")
        }
        let etag = String(
            (field.hasPrefix("W/") ? field.dropFirst(2) : field[...]).drop { $0 == "\"" }.prefix { $0 != "\"" })
        guard HubCache.isSafeETag(etag) else { throw .unsafeETag(file: file, etag: field) }
        return Description(etag: etag, byteCount: size)
    }

    /// Downloads until all is there. Failures count from the last time that the file grew beyond what it ever was, so
    /// that a bad line comes to an end, one way or the other.
    private func fetch(_ description: Description) throws(HubError) {
        var blob = try PartialBlob(
            of: cache.blob(description.etag), etag: description.etag, totalByteCount: description.byteCount)
        try checkSpace(for: description.byteCount - blob.byteCount)
        report(progress(blob))
        let origin = connection.fileURL(file, commit: commit)
        var source = origin
        var failureCount = 0
        var furthest = blob.byteCount
        while blob.byteCount < description.byteCount {
            do throws(HubError) {
                // Where the hub redirects to has the other pieces too, for as long as it is willing.
                source = try fetchPiece(of: &blob, from: source)
            } catch {
                if error.isDamaged { try blob.startOver() }
                if case .status = error, source != origin {
                    source = origin
                    continue
                }
                source = origin
                if blob.byteCount > furthest { failureCount = 0 }
                failureCount += 1
                try retries.wait(after: error, count: failureCount, file: file, report: report)
            }
            furthest = max(furthest, blob.byteCount)
        }
        try blob.finish(file: file)
    }

    /// Asks `source` for the next piece and appends what comes. Returns the address that had it.
    private func fetchPiece(of blob: inout PartialBlob, from source: URL) throws(HubError) -> URL {
        let first = blob.byteCount
        let end = min(first + pieceByteCount, blob.totalByteCount)
        let range = end < blob.totalByteCount ? "bytes=\(first)-\(end - 1)" : first > 0 ? "bytes=\(first)-" : nil
        let answer: HubConnection.Answer
        do throws(HubError) {
            answer = try connection.get(source, range: range, file: file)
        } catch {
            // 416: the server has no such bytes, so what is there belongs to another file.
            if case .status(_, 416, _) = error { try blob.startOver() }
            throw error
        }
        defer { answer.exchange.close() }
        let isPart = answer.head.status == 206
        if !isPart { try blob.startOver() }
        try check(answer.head, first: isPart ? first : 0, total: blob.totalByteCount)
        let limit = isPart ? end : blob.totalByteCount
        while blob.byteCount < limit {
            guard let bytes = try connection.body(of: answer) else {
                throw .connection(url: answer.head.url.publicText, .lost)
            }
            guard blob.byteCount + bytes.count <= limit else {
                throw .wrongSize(file: file, expected: limit, got: blob.byteCount + bytes.count)
            }
            try blob.append(bytes)
            report(progress(blob))
        }
        // The end of the answer, which may come a moment later, leaves the connection open for the next request.
        if try connection.body(of: answer) != nil { throw .wrongSize(file: file, expected: limit, got: limit + 1) }
        return answer.head.url
    }

    /// Compares what the answer announces with what was asked for.
    private func check(_ head: HTTPHead, first: Int, total: Int) throws(HubError) {
        if head.status == 206 {
            guard let range = head.contentRange, range.first == first else {
                throw .malformedAnswer(
                    url: head.url.publicText, problem: "Content-Range does not begin at byte \(first)")
            }
            guard range.size == total else { throw .wrongSize(file: file, expected: total, got: range.size) }
        } else if let size = head.count("Content-Length"), size != total {
            throw .wrongSize(file: file, expected: total, got: size)
        }
    }

    private func checkSpace(for byteCount: Int) throws(HubError) {
        guard let available = CacheFiles.availableByteCount(in: cache.blobFolder), available < byteCount else { return }
        throw .diskFull(path: cache.blobFolder, needed: byteCount, available: available)
    }

    private func progress(_ blob: borrowing PartialBlob) -> HubEvent {
        .progress(file: file, byteCount: blob.byteCount, totalByteCount: blob.totalByteCount)
    }
}
