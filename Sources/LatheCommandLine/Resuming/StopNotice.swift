import Foundation

/// Says how a run continues that Ctrl-C or SIGTERM ends at once, because what is finished is saved all the time.
final class StopNotice {
    private static let signals = [SIGINT, SIGTERM]
    /// The text that the handler writes.
    private nonisolated(unsafe) static var text: UnsafeMutablePointer<CChar>?
    /// The text before it. A handler may still be reading it, so it is freed a layer later.
    private nonisolated(unsafe) static var formerText: UnsafeMutablePointer<CChar>?
    /// Guards the replacement of the texts; a handler takes no lock.
    private static let lock = NSLock()

    init() {
        for number in Self.signals {
            signal(number) { number in
                // Nothing but plain system calls is safe here.
                if let text = StopNotice.text { _ = write(STDERR_FILENO, text, strlen(text)) }
                signal(number, SIG_DFL)
                raise(number)
            }
        }
    }

    /// Says from now on that so many of all layers are saved, and that `command` continues the run.
    func update(layersDone done: Int, of count: Int, command: String) {
        Self.replaceText(
            by: strdup("\nStopped after \(done) of \(count) layers, which are saved. Continue with:\n  \(command)\n"))
    }

    private static func replaceText(by new: UnsafeMutablePointer<CChar>?) {
        lock.withLock {
            free(formerText)
            (formerText, text) = (text, new)
        }
    }

    /// Leaves signals to the system again.
    func end() {
        for number in Self.signals { signal(number, SIG_DFL) }
        Self.replaceText(by: nil)
    }
}
