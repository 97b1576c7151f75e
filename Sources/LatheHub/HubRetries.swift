import Foundation

/// How often a request is tried that may succeed later, and how long to wait in between.
package struct HubRetries: Sendable {
    /// How many failures in a row end the work; bytes that arrive begin a new row.
    package var attempts: Int
    /// Waits for some seconds.
    package var pause: @Sendable (Double) -> Void

    /// The longest pause, in seconds, whatever the server asks for.
    static let longestPause = 300.0

    /// Makes the rule: pauses of 1, 2, 4, … seconds, or what the server asks for.
    package init(attempts: Int = 5, pause: @escaping @Sendable (Double) -> Void = { Thread.sleep(forTimeInterval: $0) })
    {
        precondition(attempts > 0, "attempts: expected 1 or more, got \(attempts)")
        self.attempts = attempts
        self.pause = pause
    }

    /// Waits after the `count`-th failure in a row.
    /// - Throws: `error` when trying again is of no use, `HubError.gaveUp` after too many failures.
    func wait(after error: HubError, count: Int, file: String, report: (HubEvent) -> Void) throws(HubError) {
        guard error.isTransient else { throw error }
        guard count < attempts else { throw attempts == 1 ? error : .gaveUp(attempts: count, last: error) }
        var seconds = Double(1 << min(count - 1, 10))
        if case .status(_, _, let retryAfter?) = error { seconds = retryAfter }
        seconds = min(seconds, Self.longestPause)
        report(.warning(.retrying(file: file, error, pause: seconds)))
        pause(seconds)
    }

    /// What `body` returns, which is tried again after failures that may pass.
    func callAsFunction<Result>(
        _ file: String, report: (HubEvent) -> Void, _ body: () throws(HubError) -> Result
    ) throws(HubError) -> Result {
        var count = 0
        while true {
            do throws(HubError) {
                return try body()
            } catch {
                count += 1
                try wait(after: error, count: count, file: file, report: report)
            }
        }
    }
}
