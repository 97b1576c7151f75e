import Foundation

/// Says how a run continues that Ctrl-C or SIGTERM ends at once, because what is finished is saved all the time.
final class StopNotice {
    private static let signals = [SIGINT, SIGTERM]
    /// What the handler writes. It changes once a layer, and a handler may be reading it, so earlier texts stay in
    /// memory.
    private nonisolated(unsafe) static var text: UnsafeMutablePointer<CChar>?

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
        Self.text = strdup(
            "\nStopped after \(done) of \(count) layers, which are saved. Continue with:\n  \(command)\n")
    }

    /// Leaves signals to the system again.
    func end() {
        for number in Self.signals { signal(number, SIG_DFL) }
        Self.text = nil
    }
}
