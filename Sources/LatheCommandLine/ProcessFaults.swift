import Foundation

/// Signals by which the system ends a process without a word, turned into exit code 1 and one line on stderr.
public enum ProcessFaults {
    /// Handles the signals from now on; for programs, before any work.
    ///
    /// A file beyond the limit of its size (`SIGXFSZ`) becomes an error of the write. A mapped file that ends before
    /// its end (`SIGBUS`) ends the process: the computation cannot go on without the bytes. Files that were being
    /// written leave no more than a temporary, which the next run removes.
    public static func handle() {
        signal(SIGXFSZ, SIG_IGN)
        signal(SIGBUS) { _ in
            // Nothing but plain system calls is safe here.
            let message: StaticString = """
                Error: a file that was being read became shorter, or its disk is full or failed; let the program that writes it finish, and start again

                """
            _ = write(STDERR_FILENO, message.utf8Start, message.utf8CodeUnitCount)
            _exit(1)
        }
    }
}
