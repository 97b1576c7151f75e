#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The end of a process that gets no more memory: no computation can go on without the buffer that it asked for.
enum OutOfMemory {
    /// Bytes that must be left behind every larger buffer, for all that is allocated without a way to refuse: strings,
    /// arrays, threads' stacks.
    private static let headroom = 16 << 20
    /// Buffers from which on that is looked at.
    static let smallestWatched = 64 << 10

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

    /// Ends the process where the system would not give `size` bytes for an array, which has no way to refuse. What is
    /// kept for later goes back first.
    static func checkRoom(for size: Int) {
        if size < smallestWatched || hasHeadroom(behind: size) { return }
        MemoryPool.shared.trim()
        if !hasHeadroom(behind: size) { end(refused: size) }
    }

    #if canImport(Darwin)
        private static let anonymous = MAP_ANON
    #else
        private static let anonymous = MAP_ANONYMOUS
    #endif

    /// Says so on stderr, by plain system calls, and ends the process with exit code 1. Files that were being written
    /// leave no more than a temporary (`AtomicFile.removeLeftovers(in:)`).
    static func end(refused size: Int) -> Never {
        // A string of its own could need memory.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var place = digits.count, rest = size
            repeat {
                place -= 1
                digits[place] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            } while rest > 0 && place > 0
            say("Error: out of memory: the system refused ")
            _ = write(STDERR_FILENO, digits.baseAddress.map { $0 + place }, digits.count - place)
            say(" bytes; use a smaller batch, sequence or model\n")
        }
        _exit(1)
    }

    private static func say(_ text: StaticString) { _ = write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount) }
}
