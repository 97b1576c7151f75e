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
        guard canRefuse || size >= largestPromised else { return true }
        guard let address = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | anonymous, -1, 0),
            address != UnsafeMutableRawPointer(bitPattern: -1)
        else {
            return false
        }
        munmap(address, size)
        return true
    }

    /// Bytes from which on any system may refuse, since a single request asks for more than the machine can have.
    private static let largestPromised = 1 << 30

    /// Whether the system refuses smaller requests before memory is used: it does if the process has a limit, or if Linux
    /// does not promise more than there is. Otherwise nothing needs to be asked for a buffer.
    private static let canRefuse: Bool = {
        var limit = rlimit()
        let isLimited = limits.contains { getrlimit($0, &limit) == 0 && limit.rlim_cur < rlim_t(Int64.max) }
        return isLimited || promisesNoMore
    }()

    #if canImport(Glibc)
        private static let limits = [RLIMIT_AS, RLIMIT_DATA].map { __rlimit_resource_t($0.rawValue) }
    #else
        private static let limits = [RLIMIT_AS, RLIMIT_DATA]
    #endif

    /// Whether Linux promises no more memory than there is (`vm.overcommit_memory` 2).
    private static var promisesNoMore: Bool {
        guard let file = fopen("/proc/sys/vm/overcommit_memory", "r") else { return false }
        defer { fclose(file) }
        return fgetc(file) == Int32(UInt8(ascii: "2"))
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
