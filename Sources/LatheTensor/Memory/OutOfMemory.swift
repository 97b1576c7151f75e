#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The end of a process that gets no more memory: no computation can go on without the buffer that it asked for.
enum OutOfMemory {
    /// Says so on stderr, by plain system calls, and ends the process with exit code 1. Files that were being written leave no more than a temporary
    /// (`AtomicFile.removeLeftovers(in:)`).
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
