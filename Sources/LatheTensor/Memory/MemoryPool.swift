import LatheFiles

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Keeps freed buffers by size and hands them out again, so that a training step, after the first, asks the system for
/// nothing.
///
/// Sizes are rounded up to one of eight steps per power of two (at most 12.5% waste). Buffers are 64-byte aligned;
/// large ones begin on a huge-page boundary and ask for huge pages where the system has them.
package final class MemoryPool: Sendable {
    /// The pool that tensors and workspaces use.
    package static let shared = MemoryPool()

    /// Counts of a pool since the process began.
    package struct Statistics: Sendable, Equatable {
        /// Bytes handed out and not yet returned.
        package var bytesInUse = 0
        /// The largest value that `bytesInUse` had since `resetPeak()`.
        package var peakBytesInUse = 0
        /// Bytes kept for the next request.
        package var bytesCached = 0
        /// How often the system was asked for memory.
        package var systemAllocations = 0
    }

    private struct FreeBuffer {
        let address: UInt
        /// The thread that returned it, in whose processor's cache it may still be.
        let thread: UInt
    }

    private struct State {
        var free: [Int: [FreeBuffer]] = [:]
        var statistics = Statistics()

        /// The buffer of `size` bytes that `thread` returned last, else the one that any did.
        mutating func takeFree(_ size: Int, for thread: UInt) -> UInt? {
            guard let buffers = free[size],
                let index = buffers.lastIndex(where: { $0.thread == thread }) ?? buffers.indices.last
            else { return nil }
            statistics.bytesCached -= size
            return free[size]?.remove(at: index).address
        }
    }

    private static let hugePage = 2 << 20
    /// Bytes of cached buffers that are worth returning.
    private static let largeCache = 128 << 20
    private let state = Guarded(State())

    package init() {}

    /// What the pool holds and has done.
    package var statistics: Statistics { state.withLock { $0.statistics } }

    /// Begins a new measurement of `peakBytesInUse`.
    package func resetPeak() {
        state.withLock { $0.statistics.peakBytesInUse = $0.statistics.bytesInUse }
    }

    /// Returns cached buffers to the system.
    package func trim() {
        let buffers = state.withLock { state in
            defer {
                state.free = [:]
                state.statistics.bytesCached = 0
            }
            return state.free.values.flatMap { $0.map(\.address) }
        }
        for address in buffers { free(UnsafeMutableRawPointer(bitPattern: address)) }
    }

    /// Returns cached buffers to the system if they are large together. For work that goes from layer to layer: what is
    /// kept of one adds to what the next takes.
    package func trimLarge() {
        if statistics.bytesCached > Self.largeCache { trim() }
    }

    /// A buffer of at least `byteCount` bytes with unspecified contents.
    /// - Parameter isLasting: whether the buffer outlives the work under way; it is new then, and leaves the kept ones
    ///   to those who need them again.
    func allocate(_ byteCount: Int, isLongLived: Bool = false) -> UnsafeMutableRawPointer {
        let size = Self.sizeClass(byteCount)
        let cached: UInt? = state.withLock { state in
            state.statistics.bytesInUse += size
            state.statistics.peakBytesInUse = max(state.statistics.peakBytesInUse, state.statistics.bytesInUse)
            if !isLongLived, let address = state.takeFree(size, for: Self.thread) { return address }
            state.statistics.systemAllocations += 1
            return nil
        }
        if let cached, let pointer = UnsafeMutableRawPointer(bitPattern: cached) { return pointer }
        return systemAllocate(size)
    }

    /// Takes back a buffer that `allocate(byteCount)` gave.
    func release(_ pointer: UnsafeMutableRawPointer, byteCount: Int) {
        let size = Self.sizeClass(byteCount)
        let address = UInt(bitPattern: pointer)
        state.withLock { state in
            state.statistics.bytesInUse -= size
            state.statistics.bytesCached += size
            state.free[size, default: []].append(FreeBuffer(address: address, thread: Self.thread))
        }
    }

    /// The running thread.
    private static var thread: UInt {
        #if canImport(Darwin)
            UInt(bitPattern: pthread_self())
        #else
            UInt(pthread_self())
        #endif
    }

    /// `byteCount` rounded up to a step: 64-byte multiples up to 512, then eight steps per power of two.
    static func sizeClass(_ byteCount: Int) -> Int {
        let count = max(byteCount, 1)
        if count <= 512 { return (count + 63) & ~63 }
        let highBit = Int.bitWidth - 1 - (count - 1).leadingZeroBitCount
        let step = 1 << (highBit - 3)
        return (count + step - 1) & ~(step - 1)
    }

    /// Memory from the system. Where it refuses, what is kept for later goes back first.
    private func systemAllocate(_ size: Int) -> UnsafeMutableRawPointer {
        if let pointer = Self.requested(size) { return pointer }
        trim()
        if let pointer = Self.requested(size) { return pointer }
        OutOfMemory.end(refused: size)
    }

    private static func requested(_ size: Int) -> UnsafeMutableRawPointer? {
        var pointer: UnsafeMutableRawPointer?
        guard posix_memalign(&pointer, size >= 2 * hugePage ? hugePage : 64, size) == 0, let pointer else { return nil }
        if size >= OutOfMemory.smallestChecked, !OutOfMemory.hasHeadroom() {
            free(pointer)
            return nil
        }
        #if os(Linux)
            if size >= 2 * hugePage { madvise(pointer, size, Int32(MADV_HUGEPAGE)) }
        #endif
        return pointer
    }
}
