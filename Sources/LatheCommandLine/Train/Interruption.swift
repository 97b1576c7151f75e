import Foundation
import Synchronization

/// Notices that the user wants to stop: the first Ctrl-C, or the first polite request of the system, asks for an end at
/// the next good moment; a second ends the program at once.
final class Interruption {
    private static let requested = Atomic<Bool>(false)
    private static let signals = [SIGINT, SIGTERM]
    /// What is asked besides signals; tests stop a run with it where they want.
    @TaskLocal static var request = Request { false }

    /// Tells whether an end is asked for.
    struct Request: Sendable {
        let isMade: @Sendable () -> Bool
    }

    init() {
        Self.requested.store(false, ordering: .relaxed)
        for number in Self.signals {
            signal(number) { number in
                Interruption.requested.store(true, ordering: .relaxed)
                // The end may be an evaluation away. Nothing but plain system calls is safe here.
                let notice: StaticString = "\nstopping after this step; a second request stops at once\n"
                _ = write(STDERR_FILENO, notice.utf8Start, notice.utf8CodeUnitCount)
                signal(number, SIG_DFL)
            }
        }
    }

    /// Whether an end was asked for.
    var isRequested: Bool { Self.requested.load(ordering: .relaxed) || Self.request.isMade() }

    /// Leaves signals to the system again.
    func end() {
        for number in Self.signals { signal(number, SIG_DFL) }
    }
}
