import Foundation
import LatheTestFiles
import Synchronization
import Testing

@testable import LathePacking

@Suite("Weights that are prepacked at their first product")
struct PrepackedTests {
    @Test("Eight threads that ask at once get the one layout that the first of them makes")
    func once() {
        let weight = Shared(Prepacked<Int, Layout>(7)), made = Counter()
        let layouts = SimultaneousThreads.results(count: 8) { _ in
            ObjectIdentifier(
                weight.value.layout { source in
                    made.add()
                    // Long enough for the others to arrive.
                    Thread.sleep(forTimeInterval: 0.02)
                    return Layout(source)
                })
        }
        #expect(made.count == 1 && Set(layouts).count == 1)
        #expect(weight.value.source == nil && weight.value.layout { Layout($0) }.source == 7)
    }

    private final class Layout {
        let source: Int

        init(_ source: Int) { self.source = source }
    }

    /// A value that threads share on trust: whether they may is what is tested.
    private struct Shared<Value>: @unchecked Sendable {
        let value: Value

        init(_ value: Value) { self.value = value }
    }

    private final class Counter: Sendable {
        private let value = Atomic(0)

        var count: Int { value.load(ordering: .acquiring) }

        func add() { value.add(1, ordering: .acquiringAndReleasing) }
    }
}
