import LatheKernels

/// Scratch memory from the pool for the time of one kernel call.
func withWorkspace<Result>(_ byteCount: Int, _ body: (UnsafeMutableRawPointer) -> Result) -> Result {
    Storage(byteCount: byteCount).withPointer(body)
}

/// Traps when a driver refuses arguments that this library made itself.
func check(_ status: lathe_status, _ operation: StaticString) {
    precondition(status == LATHE_OK, "\(operation): the kernels refused the arguments (status \(status.rawValue))")
}
