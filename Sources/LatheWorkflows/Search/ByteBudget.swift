/// Chooses one option for each of several items so that the sum of costs is least and the sum of bytes stays within a
/// budget: the multiple-choice knapsack.
///
/// Dominated options (one with no more bytes costs no more) are dropped first. Bytes are then counted in steps, rounded
/// up, and the least cost for each number of steps follows item by item. With a budget of at most `stepCount` bytes
/// that is exact; above, each item wastes less than a `stepCount`th of the budget, which a last pass gives to whatever
/// gains most by it.
public struct ByteBudget {
    /// What can be chosen for an item.
    public struct Option: Sendable, Hashable {
        public var byteCount: Int
        public var cost: Double

        public init(byteCount: Int, cost: Double) { (self.byteCount, self.cost) = (byteCount, cost) }
    }

    /// Steps into which the budget is cut.
    static let stepCount = 1 << 14

    public let items: [[Option]]
    /// The numbers of the options of each item that no other dominates, the smallest first.
    private let kept: [[Int]]

    /// - Precondition: every item has an option.
    public init(_ items: [[Option]]) {
        precondition(items.allSatisfy { !$0.isEmpty }, "an item without options")
        self.items = items
        kept = items.map(Self.undominated)
    }

    /// The options on the way from the fewest bytes to the least cost: each is larger and costs less than the one
    /// before.
    static func undominated(_ options: [Option]) -> [Int] {
        let order = options.indices.sorted {
            (options[$0].byteCount, options[$0].cost, $0) < (options[$1].byteCount, options[$1].cost, $1)
        }
        return order.reduce(into: []) { kept, index in
            if let last = kept.last, options[last].cost <= options[index].cost { return }
            kept.append(index)
        }
    }

    /// The fewest bytes that any choice takes.
    public var smallest: Int { zip(items, kept).reduce(0) { $0 + $1.0[$1.1[0]].byteCount } }

    /// The bytes of the choice of the least cost.
    public var largest: Int { zip(items, kept).reduce(0) { $0 + $1.0[$1.1[$1.1.count - 1]].byteCount } }

    /// The number of the chosen option for each item; nil where even the smallest ones are beyond the budget.
    public func choices(within budget: Int) -> [Int]? {
        if items.isEmpty { return [] }
        guard smallest <= budget else { return nil }
        // Beyond the smallest options only: what they take is no matter of choice.
        let room = budget - smallest, step = max(1, (room + Self.stepCount - 1) / Self.stepCount)
        return filled(leastCost(steps: room / step, of: step), budget)
    }

    /// The choice of the least cost whose bytes beyond the smallest options, rounded up to steps, are at most so many
    /// steps.
    private func leastCost(steps: Int, of step: Int) -> [Int] {
        var costs = [Double](repeating: 0, count: steps + 1), taken: [[UInt8]] = []
        for (options, kept) in zip(items, kept) {
            var next = [Double](repeating: .infinity, count: steps + 1),
                option = [UInt8](repeating: 0, count: steps + 1)
            for (place, index) in kept.prefix(Int(UInt8.max)).enumerated() {
                let size = (options[index].byteCount - options[kept[0]].byteCount + step - 1) / step
                // An infinite cost is worse than every other, and yet can be chosen.
                let cost = min(options[index].cost, Double.greatestFiniteMagnitude / Double(2 * items.count))
                for total in stride(from: size, through: steps, by: 1) where costs[total - size] + cost < next[total] {
                    next[total] = costs[total - size] + cost
                    option[total] = UInt8(place)
                }
            }
            costs = next
            taken.append(option)
        }
        var rest = steps, result = [Int](repeating: 0, count: items.count)
        for item in items.indices.reversed() {
            let index = kept[item][Int(taken[item][rest])]
            rest -= (items[item][index].byteCount - items[item][kept[item][0]].byteCount + step - 1) / step
            result[item] = index
        }
        return result
    }

    /// Spends what rounding up to steps has left.
    private func filled(_ choices: [Int], _ budget: Int) -> [Int] {
        var choices = choices
        while true {
            let rest = budget - byteCount(of: choices)
            var best: (item: Int, option: Int, gain: Double)?
            for item in items.indices {
                let now = items[item][choices[item]]
                for option in kept[item] where items[item][option].byteCount - now.byteCount <= rest {
                    let gain = now.cost - items[item][option].cost
                    if gain > best?.gain ?? 0 { best = (item, option, gain) }
                }
            }
            guard let best else { return choices }
            choices[best.item] = best.option
        }
    }

    /// The bytes of a choice.
    public func byteCount(of choices: [Int]) -> Int { zip(items, choices).reduce(0) { $0 + $1.0[$1.1].byteCount } }

    /// The cost of a choice.
    public func cost(of choices: [Int]) -> Double { zip(items, choices).reduce(0) { $0 + $1.0[$1.1].cost } }
}
