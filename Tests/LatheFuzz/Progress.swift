#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Counts that a worker keeps in a file mapped into memory, where they outlive it however it ends.
final class Progress {
    /// The places of the counts.
    enum Count: Int, CaseIterable {
        /// The mutation that is being read.
        case current
        /// Inputs that were read, that were refused, and that gave a finding which the worker lived to tell.
        case accepted, refused, findings
    }

    private let counts: UnsafeMutablePointer<Int>
    private static let byteCount = Count.allCases.count * MemoryLayout<Int>.size

    /// Maps the file at `path`, which is made if needed.
    init?(path: String) {
        let descriptor = open(path, O_RDWR | O_CREAT, 0o600)
        guard descriptor >= 0 else { return nil }
        defer { _ = close(descriptor) }
        guard ftruncate(descriptor, off_t(Self.byteCount)) == 0 else { return nil }
        let address = mmap(nil, Self.byteCount, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
        guard let address, address != UnsafeMutableRawPointer(bitPattern: -1) else { return nil }
        counts = address.assumingMemoryBound(to: Int.self)
    }

    deinit { munmap(counts, Self.byteCount) }

    subscript(count: Count) -> Int {
        get { counts[count.rawValue] }
        set { counts[count.rawValue] = newValue }
    }
}
