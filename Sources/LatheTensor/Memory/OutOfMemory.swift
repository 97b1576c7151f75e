import LatheFiles

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The end of a process that gets no more memory: no computation can go on without the buffer that it asked for.
public enum OutOfMemory {
    /// Bytes that must be left behind every larger buffer, for all that is allocated without a way to refuse: strings,
    /// arrays, threads' stacks.
    private static let headroom = 16 << 20
    /// Buffers from which on that is looked at.
    static let smallestChecked = 64 << 10

    /// Whether the system would give so much, behind `size` bytes that are to come. Nothing is taken.
    static func hasHeadroom(behind size: Int = 0) -> Bool {
        let size = size + headroom
        guard let address = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | anonymous, -1, 0),
            address != UnsafeMutableRawPointer(bitPattern: -1)
        else {
            return false
        }
        munmap(address, size)
        return true
    }

    /// Calls the handler where the system would not give `size` bytes for an array, which has no way to refuse. What is
    /// kept for later goes back first.
    static func checkRoom(for size: Int) {
        if size < smallestChecked || hasHeadroom(behind: size) { return }
        MemoryPool.shared.trim()
        if !hasHeadroom(behind: size) { end(refused: size) }
    }

    #if canImport(Darwin)
        private static let anonymous = MAP_ANON
    #else
        private static let anonymous = MAP_ANONYMOUS
    #endif

    /// Calls the handler that the program set, or traps.
    static func end(refused size: Int) -> Never {
        let handle = handler.withLock { $0 }
        handle(size)
    }

    /// Sets the function that is called with the number of bytes that the system refused, in place of a trap. Hardly any
    /// memory is left then: it must not allocate, and it ends the process. Files that were being written leave no more
    /// than a temporary (`AtomicFile.removeLeftovers(in:)`).
    public static func setHandler(_ handle: @escaping @Sendable (_ refusedByteCount: Int) -> Never) {
        handler.withLock { $0 = handle }
    }

    private static let handler = Guarded<@Sendable (Int) -> Never> { size in
        fatalError("out of memory: the system refused \(size) bytes")
    }
}
