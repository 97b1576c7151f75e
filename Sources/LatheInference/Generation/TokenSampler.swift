import LatheTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Chooses tokens by their logits. The same options give the same choices.
///
/// As in `transformers`: temperature first, then top-k, then top-p.
package struct TokenSampler: Sendable {
    package let options: SamplingOptions
    private var random: SplitMix64

    /// - Precondition: the temperature is not negative, top-k is positive, top-p lies in 0…1.
    package init(_ options: SamplingOptions) {
        precondition(
            options.temperature >= 0 && options.topK ?? 1 >= 1 && options.topP >= 0 && options.topP <= 1,
            "sampling with temperature \(options.temperature), top-k \(options.topK ?? 0), top-p \(options.topP)")
        self.options = options
        random = SplitMix64(seed: options.seed)
    }

    /// A token for logits `[vocabulary]`, which are not empty; the first of equally likely ones comes first.
    package mutating func choose(from logits: [Float]) -> Int32 {
        precondition(!logits.isEmpty, "no logits to choose from")
        if options.temperature == 0 || options.topK == 1 { return Int32(logits.largestPlace) }
        let candidates = candidates(logits)
        let draw = Double(random.next() >> 11) * 0x1p-53 * candidates.total
        var sum = 0.0
        for (token, weight) in candidates.weights {
            sum += weight
            if draw < sum { return Int32(token) }
        }
        return Int32(candidates.weights[candidates.weights.count - 1].token)
    }

    /// The tokens that may be drawn with their weights, which add up to `total`.
    private func candidates(_ logits: [Float]) -> (weights: [(token: Int, weight: Double)], total: Double) {
        let peak = Double(logits[logits.largestPlace]), temperature = Double(options.temperature)
        var weights = logits.indices.map { (token: $0, weight: exp((Double(logits[$0]) - peak) / temperature)) }
        if options.topK != nil || options.topP < 1 {
            weights.sort { $0.weight != $1.weight ? $0.weight > $1.weight : $0.token < $1.token }
            if let topK = options.topK { weights.removeLast(max(0, weights.count - topK)) }
        }
        var total = weights.reduce(0) { $0 + $1.weight }
        guard options.topP < 1 else { return (weights, total) }
        // The token that completes the share belongs to it, so there is always one.
        let wanted = Double(options.topP) * total
        var count = 0, sum = 0.0
        repeat {
            sum += weights[count].weight
            count += 1
        } while sum < wanted && count < weights.count
        weights.removeLast(weights.count - count)
        total = sum
        return (weights, total)
    }
}
