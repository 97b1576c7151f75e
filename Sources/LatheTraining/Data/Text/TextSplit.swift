import LatheTensor

/// Examples that are held back from a file to measure with.
///
/// Which ones is a function of the examples' number and classes alone, not of a run's seed: a model and what is
/// compressed from it are measured with the same examples, and learn from none of them.
package enum TextSplit {
    private static let seed: UInt64 = 42

    /// Splits `examples`; of each class about the same share is held back.
    /// - Parameters:
    ///   - examples: with labels.
    ///   - share: above 0, below 1.
    /// - Returns: the examples to learn from and those to measure with, both in the order of `examples`; one of them is
    ///   empty where there are too few.
    package static func split(_ examples: [TextExample], share: Double) -> (train: [TextExample], dev: [TextExample]) {
        var random = SplitMix64(seed: seed), groups: [TextExample.Label: [Int]] = [:]
        for index in random.shuffled(Array(examples.indices)) {
            groups[group(examples[index].label), default: []].append(index)
        }
        // The rounding of small classes adds up: each class takes what the ones before it left over.
        var held = Set<Int>(), owed = 0.0
        for group in groups.values.sorted(by: { ($0.count, $0[0]) < ($1.count, $1[0]) }) {
            owed += share * Double(group.count)
            let count = min(max(Int(owed.rounded()), 0), group.count - (group.count > 1 ? 1 : 0))
            owed -= Double(count)
            held.formUnion(group.prefix(count))
        }
        return (examples.indices.filter { !held.contains($0) }.map { examples[$0] }, held.sorted().map { examples[$0] })
    }

    /// Examples with one label belong together; numbers and sets of labels are all alike.
    private static func group(_ label: TextExample.Label) -> TextExample.Label {
        if case .classIndex = label { return label }
        return .none
    }
}
