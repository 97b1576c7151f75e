/// Improves a proposal by what its layers do together: costs that were measured with one layer at a time do not add up
/// exactly.
///
/// In each round every unit is tried one choice smaller and one larger, all others being as proposed, and the knapsack
/// is solved anew with these differences. What comes out is kept if the whole network is nearer to the original on
/// other samples than those that it was chosen by; otherwise the best exchange of one step down for one step up is
/// tried, and the search ends where that does not help either.
struct ProposalRefiner {
    /// The choices of each unit.
    let candidates: [[WeightChoice]]
    /// Their bytes, and what they cost by themselves.
    let options: [[ByteBudget.Option]]
    let network: WholeNetwork

    /// - Parameters:
    ///   - start: the numbers of the choices to begin with.
    ///   - report: hears how many of how many measurements of a round are done.
    /// - Returns: numbers of choices within the budget.
    func refined(_ start: [Int], budget: Int, rounds: Int, report: (_ round: Int, _ done: Int, _ total: Int) -> Void)
        -> [Int]
    {
        var choices = start, damage = witnessed(start)
        for round in 0..<rounds {
            let moves = moves(from: choices) { report(round, $0, $1) }
            let proposals = [joint(choices, moves, budget), exchange(choices, moves, budget)].lazy.compactMap { $0 }.map
            { ($0, witnessed($0)) }
            guard let better = proposals.first(where: { $0.1 < damage }) else { break }
            (choices, damage) = better
        }
        return choices
    }

    /// How far the whole network is from the original, by other samples.
    private func witnessed(_ choices: [Int]) -> Double {
        network.set(zip(candidates, choices).map { $0[$1] })
        return network.witnessedQualityLoss()
    }

    /// A unit's choice and the difference to the whole's damage that it makes.
    private struct Move {
        let option: Int
        let difference: Double
    }

    /// For each unit: its choice as it is, and the next smaller and larger ones.
    private func moves(from choices: [Int], report: (Int, Int) -> Void) -> [[Move]] {
        network.set(zip(candidates, choices).map { $0[$1] })
        let damage = network.damage()
        return choices.enumerated().map { unit, choice in
            defer { report(unit + 1, choices.count) }
            let kept = ByteBudget.undominated(options[unit])
            let place = kept.firstIndex(of: choice) ?? 0
            let neighbours = [place - 1, place + 1].filter { kept.indices.contains($0) }.map { kept[$0] }
            return [Move(option: choice, difference: 0)]
                + neighbours.map {
                    Move(option: $0, difference: network.damage(with: candidates[unit][$0], at: unit) - damage)
                }
        }
    }

    /// All moves together that promise most; nil where they change nothing.
    private func joint(_ choices: [Int], _ moves: [[Move]], _ budget: Int) -> [Int]? {
        let items = moves.enumerated().map { unit, moves in
            moves.map { ByteBudget.Option(byteCount: options[unit][$0.option].byteCount, cost: $0.difference) }
        }
        guard let best = ByteBudget(items).choices(within: budget) else { return nil }
        let proposal = zip(moves, best).map { $0[$1].option }
        return proposal == choices ? nil : proposal
    }

    /// The one or two moves that promise most; nil where none promises anything.
    private func exchange(_ choices: [Int], _ moves: [[Move]], _ budget: Int) -> [Int]? {
        let now = zip(options, choices).reduce(0) { $0 + $1.0[$1.1].byteCount }
        let all = moves.enumerated().flatMap { unit, moves in
            moves.dropFirst().map {
                (
                    unit: unit, move: $0,
                    bytes: options[unit][$0.option].byteCount - options[unit][choices[unit]].byteCount
                )
            }
        }
        var best: (difference: Double, moves: [(unit: Int, option: Int)]) = (0, [])
        for first in all {
            if now + first.bytes <= budget, first.move.difference < best.difference {
                best = (first.move.difference, [(first.unit, first.move.option)])
            }
            for second in all where second.unit > first.unit && now + first.bytes + second.bytes <= budget {
                let difference = first.move.difference + second.move.difference
                if difference < best.difference {
                    best = (difference, [(first.unit, first.move.option), (second.unit, second.move.option)])
                }
            }
        }
        if best.moves.isEmpty { return nil }
        return best.moves.reduce(into: choices) { $0[$1.unit] = $1.option }
    }
}
