#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif
import Foundation
import LatheFiles

/// A blob on its way: `<etag>.incomplete`, which takes the blob's name when it is complete and checked.
///
/// What an earlier run left there is kept, and its checksum computed from the disk.
struct PartialBlob: ~Copyable {
    /// The bytes that are there.
    private(set) var byteCount = 0

    private let path: String
    private let etag: String
    /// The bytes of the whole blob.
    let totalByteCount: Int
    private let descriptor: Int32
    private var checksum: BlobChecksum

    /// Opens the file `path`.incomplete for the blob at `path`, or makes it.
    init(of path: String, etag: String, totalByteCount: Int) throws(HubError) {
        self.path = path
        self.etag = etag
        self.totalByteCount = totalByteCount
        checksum = BlobChecksum(etag: etag, byteCount: totalByteCount)
        descriptor = open(path + ".incomplete", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
        guard descriptor >= 0 else { throw .io(.system(path: path + ".incomplete", operation: .open, code: errno)) }
        try readBack()
        if byteCount > totalByteCount { try startOver() }
    }

    deinit {
        _ = close(descriptor)
    }

    /// Appends `bytes`.
    mutating func append(_ bytes: Data) throws(HubError) {
        let result: Result<Void, HubError> = bytes.withUnsafeBytes { buffer in
            do throws(HubError) {
                return .success(try write(buffer))
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    /// Throws away what is there.
    mutating func startOver() throws(HubError) {
        guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else { throw failure(.write) }
        byteCount = 0
        checksum = BlobChecksum(etag: etag, byteCount: totalByteCount)
    }

    /// Checks the content and gives it the blob's name; a content that is wrong is removed.
    /// - Throws: `HubError.wrongChecksum`, which names `file`.
    mutating func finish(file: String) throws(HubError) {
        precondition(byteCount == totalByteCount, "\(path): finished after \(byteCount) of \(totalByteCount) bytes")
        if let got = checksum.mismatch() {
            try startOver()
            throw .wrongChecksum(file: file, expected: etag, got: got)
        }
        while fsync(descriptor) != 0, errno != EINVAL, errno != ENOTSUP {
            guard errno == EINTR else { throw failure(.synchronize) }
        }
        guard rename(path + ".incomplete", path) == 0 else { throw failure(.rename) }
    }

    /// Takes what the file holds into the checksum; the next bytes go behind it.
    private mutating func readBack() throws(HubError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            if count == 0 { return }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw failure(.read)
            }
            byteCount += count
            checksum.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }

    private mutating func write(_ bytes: UnsafeRawBufferPointer) throws(HubError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let slice = UnsafeRawBufferPointer(rebasing: rest)
            let count = systemWrite(descriptor, slice.baseAddress, slice.count)
            guard count > 0 else {
                if count < 0, errno == EINTR { continue }
                throw failure(.write)
            }
            checksum.update(UnsafeRawBufferPointer(rebasing: slice[..<count]))
            byteCount += count
            rest = rest.dropFirst(count)
        }
    }

    private func failure(_ operation: FileError.Operation) -> HubError {
        .io(.system(path: path + ".incomplete", operation: operation, code: errno))
    }
}

/// `write(2)`, under a name that the method above does not hide.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}
