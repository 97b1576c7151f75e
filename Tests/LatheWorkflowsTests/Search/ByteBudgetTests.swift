import LatheTensor
import Testing

@testable import LatheWorkflows

@Suite("Choosing within a budget of bytes")
struct ByteBudgetTests {
    private typealias Option = ByteBudget.Option

    /// The least cost within `budget` of all choices there are; nil where none fits.
    private static func leastCost(_ items: [[Option]], _ budget: Int) -> Double? {
        guard let first = items.first else { return budget >= 0 ? 0 : nil }
        return first.compactMap { option in
            leastCost(Array(items.dropFirst()), budget - option.byteCount).map { $0 + option.cost }
        }.min()
    }

    private static func random(_ random: inout SplitMix64, items: Int, largest: Int) -> [[Option]] {
        (0..<items).map { _ in
            (0..<1 + random.integer(below: 5)).map { _ in
                Option(byteCount: random.integer(below: largest), cost: Double(random.integer(below: 1000)) / 100)
            }
        }
    }

    @Test("Small instances are solved exactly, as trying everything does", arguments: 0..<40)
    func exact(seed: Int) {
        var random = SplitMix64(seed: UInt64(seed))
        let items = Self.random(&random, items: 1 + random.integer(below: 6), largest: 60), budget = ByteBudget(items)
        for bytes in [0, 40, 90, 150, 400] {
            guard let choices = budget.choices(within: bytes) else {
                #expect(Self.leastCost(items, bytes) == nil)
                continue
            }
            #expect(budget.byteCount(of: choices) <= bytes)
            let least = Self.leastCost(items, bytes) ?? .nan
            #expect(
                abs(budget.cost(of: choices) - least) < 1e-9, "\(budget.cost(of: choices)) for \(least), \(bytes) bytes"
            )
        }
    }

    @Test("Large budgets are kept, and next to nothing is given away", arguments: 0..<10)
    func large(seed: Int) {
        var random = SplitMix64(seed: UInt64(seed))
        let items = Self.random(&random, items: 6, largest: 3_000_000), budget = ByteBudget(items), bytes = 7_000_000
        guard let choices = budget.choices(within: bytes) else { return #expect(budget.smallest > bytes) }
        #expect(budget.byteCount(of: choices) <= bytes)
        // What a budget smaller by all roundings gives at best.
        let least = Self.leastCost(items, bytes - items.count * (bytes / ByteBudget.stepCount + 1)) ?? .infinity
        #expect(budget.cost(of: choices) <= least + 1e-9)
    }

    @Test("Dominated options are left out")
    func dominated() {
        let options = [
            Option(byteCount: 8, cost: 1), Option(byteCount: 4, cost: 3), Option(byteCount: 6, cost: 3),
            Option(byteCount: 9, cost: 2), Option(byteCount: 4, cost: 5),
        ]
        #expect(ByteBudget.undominated(options) == [1, 0])
        #expect(ByteBudget([options]).smallest == 4)
        #expect(ByteBudget([options]).largest == 8)
    }

    @Test("Costs that are infinite, or negative, are costs like others")
    func unusualCosts() {
        let items = [
            [Option(byteCount: 1, cost: .infinity), Option(byteCount: 5, cost: 0)],
            [Option(byteCount: 1, cost: 0), Option(byteCount: 5, cost: -2)],
        ]
        #expect(ByteBudget(items).choices(within: 2) == [0, 0])
        #expect(ByteBudget(items).choices(within: 6) == [1, 0])
        #expect(ByteBudget(items).choices(within: 10) == [1, 1])
        #expect(ByteBudget([]).choices(within: 0) == [])
    }
}
