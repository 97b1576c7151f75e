/// Memory whose address is available only inside a closure.
///
/// Swift may free an object right after its last use, and a pointer into its memory does not count as a use. Kernels
/// therefore receive their pointers inside ``withPointers(_:_:body:)``, which keeps the owners alive:
///
/// ```swift
/// withPointers(self, ids.int32Elements, result) { table, indices, y in … }
/// ```
///
/// A tensor provides its float32 elements; an absent one provides `nil`.
protocol ScopedMemory {
    associatedtype Pointer

    /// Calls `body` with the first address, which is valid until `body` returns.
    ///
    /// The body may write to the memory of a new tensor, and of one whose `isMemoryExclusive()` is true.
    func withPointer<Result, Failure>(_ body: (Pointer) throws(Failure) -> Result) throws(Failure) -> Result
}

extension Storage: ScopedMemory {}

extension Tensor: ScopedMemory {
    @inline(__always)
    func withPointer<Result, Failure>(
        _ body: (UnsafeMutablePointer<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try elements(of: .float32).withPointer(body)
    }
}

extension Optional: ScopedMemory where Wrapped: ScopedMemory {
    @inline(__always)
    func withPointer<Result, Failure>(
        _ body: (Wrapped.Pointer?) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        guard let self else { return try body(nil) }
        return try self.withPointer { (pointer) throws(Failure) -> Result in try body(pointer) }
    }
}

// MARK: - Elements of other types

/// The elements of a tensor as bytes.
struct RawElements: ScopedMemory {
    fileprivate let storage: Storage
    fileprivate let byteOffset: Int

    @inline(__always)
    func withPointer<Result, Failure>(
        _ body: (UnsafeMutableRawPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try storage.withPointer { (start) throws(Failure) -> Result in try body(start + byteOffset) }
    }
}

/// The elements of a tensor as numbers.
struct Elements<Element: BitwiseCopyable>: ScopedMemory {
    fileprivate let raw: RawElements

    @inline(__always)
    func withPointer<Result, Failure>(
        _ body: (UnsafeMutablePointer<Element>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try raw.withPointer { (start) throws(Failure) -> Result in
            try body(start.assumingMemoryBound(to: Element.self))
        }
    }
}

extension Tensor {
    /// The elements of a tensor of any type.
    var rawElements: RawElements { RawElements(storage: storage, byteOffset: byteOffset) }
    /// The elements of an int64 tensor.
    var int64Elements: Elements<Int64> { elements(of: .int64) }
    /// The elements of an int32 tensor.
    var int32Elements: Elements<Int32> { elements(of: .int32) }
    /// The elements of an int8 tensor.
    var int8Elements: Elements<Int8> { elements(of: .int8) }

    /// The elements of a tensor of a one-byte type.
    var byteElements: Elements<UInt8> {
        precondition(dtype.byteWidth == 1, "a one-byte type expected, got \(dtype)")
        return Elements(raw: rawElements)
    }

    @inline(__always)
    private func elements<Element>(of type: DType) -> Elements<Element> {
        precondition(dtype == type, "\(type) expected, got \(dtype)")
        return Elements(raw: rawElements)
    }
}

// MARK: - Several at once

/// Calls `body` with a pointer to each memory, all of which are valid until `body` returns.
@inline(__always)
func withPointers<A: ScopedMemory, B: ScopedMemory, Result>(
    _ a: A, _ b: B, body: (A.Pointer, B.Pointer) -> Result
) -> Result {
    a.withPointer { a in b.withPointer { body(a, $0) } }
}

@inline(__always)
func withPointers<A: ScopedMemory, B: ScopedMemory, C: ScopedMemory, Result>(
    _ a: A, _ b: B, _ c: C, body: (A.Pointer, B.Pointer, C.Pointer) -> Result
) -> Result {
    a.withPointer { a in withPointers(b, c) { body(a, $0, $1) } }
}

@inline(__always)
func withPointers<A: ScopedMemory, B: ScopedMemory, C: ScopedMemory, D: ScopedMemory, Result>(
    _ a: A, _ b: B, _ c: C, _ d: D, body: (A.Pointer, B.Pointer, C.Pointer, D.Pointer) -> Result
) -> Result {
    a.withPointer { a in withPointers(b, c, d) { body(a, $0, $1, $2) } }
}

@inline(__always)
func withPointers<A: ScopedMemory, B: ScopedMemory, C: ScopedMemory, D: ScopedMemory, E: ScopedMemory, Result>(
    _ a: A, _ b: B, _ c: C, _ d: D, _ e: E,
    body: (A.Pointer, B.Pointer, C.Pointer, D.Pointer, E.Pointer) -> Result
) -> Result {
    a.withPointer { a in withPointers(b, c, d, e) { body(a, $0, $1, $2, $3) } }
}

@inline(__always)
func withPointers<
    A: ScopedMemory, B: ScopedMemory, C: ScopedMemory, D: ScopedMemory, E: ScopedMemory, F: ScopedMemory, Result
>(
    _ a: A, _ b: B, _ c: C, _ d: D, _ e: E, _ f: F,
    body: (A.Pointer, B.Pointer, C.Pointer, D.Pointer, E.Pointer, F.Pointer) -> Result
) -> Result {
    a.withPointer { a in withPointers(b, c, d, e, f) { body(a, $0, $1, $2, $3, $4) } }
}
