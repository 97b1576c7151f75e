import Foundation
import LatheFiles
import Synchronization

/// Threads that begin their work at the same moment, however few cores there are.
package final class SimultaneousThreads<Result: Sendable>: Sendable {
    private let waiting = Atomic(0)
    private let results = Guarded([Int: Result]())

    /// Returns what each of `count` threads computes, in their order.
    package static func results(count: Int, _ body: @escaping @Sendable (_ thread: Int) -> Result) -> [Result] {
        let threads = Self(), running = DispatchGroup()
        for thread in 0..<count {
            running.enter()
            Thread.detachNewThread {
                threads.waitUntil(count)
                let result = body(thread)
                threads.results.withLock { $0[thread] = result }
                running.leave()
            }
        }
        running.wait()
        return threads.results.withLock { results in (0..<count).compactMap { results[$0] } }
    }

    /// Returns when `count` threads are here.
    private func waitUntil(_ count: Int) {
        waiting.add(1, ordering: .acquiringAndReleasing)
        while waiting.load(ordering: .acquiring) < count { sched_yield() }
    }
}
