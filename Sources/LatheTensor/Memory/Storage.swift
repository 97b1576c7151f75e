/// A run of bytes that tensors share. Most come from the memory pool; some are views of memory that another object
/// owns, such as a mapped file.
package final class Storage {
    private let pointer: UnsafeMutableRawPointer
    /// The number of bytes.
    package let byteCount: Int
    private let owner: AnyObject?

    /// Whether another object owns the bytes, which must not be written then.
    var isBorrowed: Bool { owner != nil }

    /// Memory with unspecified contents from the pool.
    /// - Parameter isLasting: whether it outlives the work under way.
    init(byteCount: Int, isLongLived: Bool = false) {
        self.byteCount = byteCount
        owner = nil
        pointer = MemoryPool.shared.allocate(byteCount, isLongLived: isLongLived)
    }

    /// Read-only bytes that `owner` keeps alive.
    init(borrowing bytes: UnsafeRawBufferPointer, owner: AnyObject) {
        precondition(bytes.baseAddress != nil, "borrowed storage needs at least one byte")
        byteCount = bytes.count
        self.owner = owner
        pointer = UnsafeMutableRawPointer(mutating: bytes.baseAddress.unsafelyUnwrapped)
    }

    /// Calls `body` with the first byte, which is valid until `body` returns.
    @inline(__always)
    func withPointer<Result, Failure>(
        _ body: (UnsafeMutableRawPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try withExtendedLifetime(self) { () throws(Failure) -> Result in try body(pointer) }
    }

    deinit {
        if owner == nil { MemoryPool.shared.release(pointer, byteCount: byteCount) }
    }
}
