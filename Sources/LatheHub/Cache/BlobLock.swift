#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A lock on one blob between processes, the same as huggingface_hub's: `flock` on a file that stays where it is.
///
/// Where the file system cannot lock, nothing is locked: two processes may then fetch the same blob, and the checksum
/// tells if they disturb each other.
struct BlobLock: ~Copyable {
    private let descriptor: Int32

    /// Waits until nobody else has the lock at `path`.
    /// - Parameter onWait: called once if somebody has it.
    init(path: String, onWait: () -> Void) throws(HubError) {
        var hasToldWait = false
        while true {
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o664)
            guard descriptor >= 0 else { throw .io(.system(path: path, operation: .lock, code: errno)) }
            if !hasToldWait, flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
                hasToldWait = true
                onWait()
            }
            while flock(descriptor, LOCK_EX) != 0, errno == EINTR {}
            // Old versions of Python's filelock remove the file when they let go of it; a lock on that one excludes
            // nobody.
            var (opened, current) = (stat(), stat())
            if fstat(descriptor, &opened) == 0, stat(path, &current) == 0, opened.st_ino == current.st_ino {
                self.descriptor = descriptor
                return
            }
            _ = close(descriptor)
        }
    }

    deinit {
        _ = close(descriptor)
    }
}
