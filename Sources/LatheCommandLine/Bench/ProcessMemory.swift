import Foundation

/// What the system knows about this process's memory.
enum ProcessMemory {
    /// `RUSAGE_SELF`, whose type differs from system to system.
    private static let thisProcess: Int32 = 0
    #if canImport(Darwin)
        private static let bytesPerUnit = 1
    #else
        private static let bytesPerUnit = 1024
    #endif

    /// The most physical memory this process has had, in bytes.
    static var peakResidentBytes: Int {
        var usage = rusage()
        return getrusage(thisProcess, &usage) == 0 ? Int(usage.ru_maxrss) * bytesPerUnit : 0
    }
}
