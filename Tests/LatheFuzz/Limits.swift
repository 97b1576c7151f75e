#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What one input may cost. The system ends a process that goes beyond: the signal tells which limit it was.
enum Limits {
    /// Processor time of one input; beyond it comes `SIGPROF`.
    static let processorSeconds = 2
    /// Time of one input by the clock, for threads that wait for ever; beyond it comes `SIGALRM`.
    static let clockSeconds: UInt32 = 60
    /// Address space of the process: an allocation beyond it fails.
    private static let addressSpace: UInt64 = 4 << 30

    // `RLIMIT_AS` and others, whose types differ from system to system.
    private static let processorTimer: Int32 = 2
    private static let coreSize: Int32 = 4
    private static let thisProcess: Int32 = 0
    #if canImport(Darwin)
        private static let addressSpaceSize: Int32 = 5
        private static let bytesPerUnit = 1
    #else
        private static let addressSpaceSize: Int32 = 9
        private static let bytesPerUnit = 1024
    #endif

    /// Bytes by which the process may grow for an input of `byteCount` bytes.
    static func growth(forInputOf byteCount: Int) -> Int { 64 << 20 + 40 * byteCount }

    /// Limits the address space of this process; a sanitizer needs more than any.
    static func limitMemory() {
        var limit = rlimit(rlim_cur: rlim_t(addressSpace), rlim_max: rlim_t(addressSpace))
        _ = setrlimit(addressSpaceSize, &limit)
        limit = rlimit(rlim_cur: 0, rlim_max: 0)
        _ = setrlimit(coreSize, &limit)
    }

    /// Gives the next input its time.
    static func startTimers() {
        var timer = itimerval(it_interval: timeval(), it_value: timeval(tv_sec: time_t(processorSeconds), tv_usec: 0))
        _ = setitimer(processorTimer, &timer, nil)
        _ = alarm(clockSeconds)
    }

    static func stopTimers() {
        var timer = itimerval()
        _ = setitimer(processorTimer, &timer, nil)
        _ = alarm(0)
    }

    /// The most memory that the process has had at once, in bytes.
    static var peakByteCount: Int {
        var usage = rusage()
        return getrusage(thisProcess, &usage) == 0 ? Int(usage.ru_maxrss) * bytesPerUnit : 0
    }
}
