import LatheKernels

/// The table of C kernels in use, and what is known about this CPU.
public enum Kernels {
    /// The kernels chosen for this CPU, or those that the environment variable `LATHE_ISA` names.
    nonisolated(unsafe) static let active: UnsafePointer<lathe_kernels> = {
        guard let table = lathe_kernels_active() else {
            preconditionFailure(problem ?? "no kernels for this CPU")
        }
        return table
    }()

    /// What is wrong with `LATHE_ISA` or `LATHE_THREADS`, as a sentence for the user; nil when all is well. Programs
    /// check this before they use any tensor, since an unknown value traps there.
    public static var problem: String? {
        if let message = lathe_kernels_error() { return String(cString: message) }
        if let message = lathe_threads_error() { return String(cString: message) }
        return nil
    }

    /// The name of the kernels in use: `portable`, `avx2`, `avx512` or `neon`.
    public static var isa: String { String(cString: active.pointee.name) }

    /// The features found in this CPU that kernels can use, for people to read.
    public static var cpuFeatures: [String] {
        let found = lathe_cpu_features()
        return (0..<32).compactMap { bit in
            guard found & (1 << UInt32(bit)) != 0, let name = lathe_feature_name(lathe_feature(1 << UInt32(bit))) else {
                return nil
            }
            return String(cString: name)
        }
    }

    /// The number of threads that kernels use, the calling one included. Results do not depend on it.
    public static var threadCount: Int {
        get { Int(lathe_thread_count()) }
        set { lathe_set_thread_count(Int32(clamping: newValue)) }
    }
}
