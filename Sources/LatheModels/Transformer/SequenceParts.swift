import LatheNN
import LatheTensor

/// How the sequences of a batch go through a transformer's layers in 8-bit inference: in parts small enough that what a
/// layer computes on the way stays in the caches. What comes out does not depend on the parts.
struct SequenceParts {
    /// Sequences that go through a layer together: a range of the axis along which they follow each other.
    struct Part {
        let range: Range<Int>
        let axis: Int
        let layout: TokenLayout
    }

    /// Each thread takes a group; a single group is worked on by all threads together.
    let groups: [[Part]]

    /// Tokens of a part: so many that a weight's way from memory pays, and so few that activations stay in the caches.
    private static let tokenCount = 128
    /// Groups of their own leave threads idle in the end where they are not equal. That must cost less than working on
    /// a part together does.
    private static let leastShareOfWork = 0.95

    /// The parts for layers whose weights are like that of `layer`: several in inference with 8-bit products, else one.
    /// Float weights are too large to wait in a cache for the next part.
    init(_ hidden: Tensor, _ layout: TokenLayout, for layer: Linear?) {
        if !Execution.current.recordsGradients, case .packed(let weight)? = layer?.weight,
            case .integer = weight.arithmetic
        {
            self.init(hidden, layout, threads: Kernels.threadCount)
        } else {
            self.init(whole: hidden, layout)
        }
    }

    /// All sequences as one part.
    init(whole hidden: Tensor, _ layout: TokenLayout) {
        groups = [[Part(range: 0..<hidden.shape[0], axis: 0, layout: layout)]]
    }

    /// - Parameters:
    ///   - hidden: `[batch, tokens, hidden]`.
    ///   - threads: how many there are.
    init(_ hidden: Tensor, _ layout: TokenLayout, threads: Int) {
        let lengths =
            switch layout {
            case .padded: [Int](repeating: hidden.shape[1], count: hidden.shape[0])
            case .joined(let lengths): lengths
            }
        if lengths.count < 2 {
            self = SequenceParts(whole: hidden, layout)
            return
        }
        let total = lengths.reduce(0, +), all = Array(lengths.indices)[...]
        func parts(_ sequences: ArraySlice<Int>) -> [Part] {
            let tokens = sequences.reduce(0) { $0 + lengths[$1] }
            return Self.cut(sequences, lengths, into: (tokens + Self.tokenCount - 1) / Self.tokenCount).map {
                Self.part($0, lengths, layout)
            }
        }
        let shares = Self.cut(all, lengths, into: threads)
        let largest = shares.map { $0.reduce(0) { $0 + lengths[$1] } }.max() ?? total
        let isEven = Double(total) >= Self.leastShareOfWork * Double(largest * threads)
        groups = isEven ? shares.map(parts) : [parts(all)]
    }

    /// Cuts a run of sequences into at most `count` runs with about as many tokens each; a run has at least one
    /// sequence.
    private static func cut(_ sequences: ArraySlice<Int>, _ lengths: [Int], into count: Int) -> [ArraySlice<Int>] {
        let total = sequences.reduce(0) { $0 + lengths[$1] }
        var runs: [ArraySlice<Int>] = [], first = sequences.startIndex, tokens = 0
        for index in sequences {
            tokens += lengths[index]
            guard index == sequences.last || tokens * count >= total * (runs.count + 1) else { continue }
            runs.append(sequences[first...index])
            first = index + 1
        }
        return runs
    }

    private static func part(_ sequences: ArraySlice<Int>, _ lengths: [Int], _ layout: TokenLayout) -> Part {
        switch layout {
        case .padded(let mask):
            let range = sequences.startIndex..<sequences.endIndex
            return Part(range: range, axis: 0, layout: .padded(keyMask: mask?.sliced(range)))
        case .joined:
            let start = lengths[..<sequences.startIndex].reduce(0, +), own = sequences.map { lengths[$0] }
            return Part(range: start..<start + own.reduce(0, +), axis: 1, layout: .joined(lengths: own))
        }
    }

    /// What the layers, one after the other, make of `hidden`. A layer takes all parts of a group before the next one
    /// begins, since its weights are in a cache then.
    func pass<Layer>(_ hidden: Tensor, through layers: [Layer], _ run: (Layer, Tensor, TokenLayout) -> Tensor) -> Tensor
    {
        func results(_ group: Int) -> [Tensor] {
            let parts = groups[group]
            if groups.count == 1, parts.count == 1 { return [layers.reduce(hidden) { run($1, $0, parts[0].layout) }] }
            return layers.reduce(parts.map { hidden.sliced($0.range, axis: $0.axis) }) { hidden, layer in
                zip(parts, hidden).map { part, hidden in run(layer, hidden, part.layout) }
            }
        }
        let results = groups.count > 1 ? IndependentParts.map(groups.count, results).flatMap { $0 } : results(0)
        return results.count == 1 ? results[0] : .concatenated(results, axis: groups[0][0].axis)
    }
}
