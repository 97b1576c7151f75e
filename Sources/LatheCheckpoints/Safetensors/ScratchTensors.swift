import LatheFiles
import LatheTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Tensors that wait for their turn in a file that has no name any more: they take no memory of the process, and
/// nothing is left behind when it ends, however it ends.
package final class ScratchTensors {
    private struct Place {
        let offset: Int
        let shape: [Int]
        let dtype: DType

        var byteCount: Int { shape.elementCount * dtype.byteWidth }
    }

    /// The directory, for messages.
    private let path: String
    private let descriptor: Int32
    private var places: [Int: Place] = [:]
    private var end = 0
    /// The most bytes given to one system call; some systems refuse 2 GiB and more.
    private static let callLimit = 1 << 30

    /// - Parameter directory: where there is room for them.
    /// - Throws: `FileError.system` when no file can be made there.
    package init(directory: String) throws(FileError) {
        path = directory
        descriptor = try UnnamedFile.make(in: directory)
    }

    deinit { _ = close(descriptor) }

    /// Keeps `tensor` under `number`, in place of what is there.
    /// - Throws: `FileError.system` when the disk is full or fails.
    package func store(_ tensor: Tensor, at number: Int) throws(FileError) {
        // What has the same size takes the same place.
        let old = places[number], fits = old?.byteCount == tensor.byteCount
        let place = Place(offset: fits ? old?.offset ?? end : end, shape: tensor.shape, dtype: tensor.dtype)
        if place.offset == end { end += place.byteCount }
        places[number] = nil
        let code = tensor.withUnsafeBytes { bytes in
            Self.transfer(bytes.count) { done, count in
                pwrite(descriptor, bytes.baseAddress.map { $0 + done }, count, off_t(place.offset + done))
            }
        }
        if let code { throw .system(path: path, operation: .write, code: code) }
        places[number] = place
    }

    /// What was stored under `number` last.
    /// - Throws: `FileError.system` when the disk fails.
    /// - Precondition: something was.
    package func tensor(at number: Int) throws(FileError) -> Tensor {
        guard let place = places[number] else { preconditionFailure("no tensor \(number) was stored") }
        return try Tensor(shape: place.shape, dtype: place.dtype) { bytes throws(FileError) in
            let code = Self.transfer(place.byteCount) { done, count in
                pread(descriptor, bytes.baseAddress.map { $0 + done }, count, off_t(place.offset + done))
            }
            if let code { throw .system(path: path, operation: .read, code: code) }
        }
    }

    /// Calls `body` until it has moved `byteCount` bytes.
    /// - Returns: the error number of what went wrong, if anything did.
    private static func transfer(_ byteCount: Int, _ body: (_ done: Int, _ count: Int) -> Int) -> Int32? {
        var done = 0
        while done < byteCount {
            let count = body(done, min(byteCount - done, callLimit))
            if count > 0 { done += count } else if count == 0 { return EIO } else if errno != EINTR { return errno }
        }
        return nil
    }
}
