import LatheTensor

/// Which units of several layers go, by one threshold for all.
///
/// The units whose scores are at most the k-th smallest of all are pruned. A layer that would lose more than the limit
/// loses exactly that, by its own scores; it then leaves the pool, with its share of k, and the threshold is taken
/// again. Source: neural_compressor 2.6, `compression/pruner`, scope `global`.
enum GlobalThreshold {
    /// The share of a layer's weights that may go.
    static let largestShare = 0.98

    /// Masks over units, `[rows, columns]` as `scores`: 1 stays. Nil when not even one unit is to go.
    /// - Parameters:
    ///   - scores: at least 0, a tensor for each layer.
    ///   - share: of all units together, 0…1, rounded down to a number of units.
    ///   - limit: the share of a layer's units that may go.
    static func masks(of scores: [Tensor], pruning share: Double, limit: Double = largestShare) -> [Tensor]? {
        var count = Int(Double(scores.reduce(0) { $0 + $1.elementCount }) * share)
        guard count >= 1 else { return nil }
        var masks = scores.map { Tensor.ones($0.shape) }, pool = Array(scores.indices)
        while count >= 1, !pool.isEmpty {
            let threshold = smallest(count, of: pool.map { scores[$0] })
            for index in pool { masks[index] = scores[index].mask(above: threshold) }
            let over = pool.filter { pruned(masks[$0]) > allowed(scores[$0], limit) }
            if over.isEmpty { break }
            for index in over {
                let allowed = allowed(scores[index], limit)
                masks[index] = scores[index].largestMask(keeping: scores[index].elementCount - allowed)
                count -= allowed
            }
            pool.removeAll(where: over.contains)
            for index in pool { masks[index] = .ones(scores[index].shape) }
        }
        return masks
    }

    private static func allowed(_ scores: Tensor, _ limit: Double) -> Int { Int(limit * Double(scores.elementCount)) }

    /// Row by row, as f32 cannot count them all.
    private static func pruned(_ mask: Tensor) -> Int {
        mask.sum(axis: 1).floatArray.reduce(mask.elementCount) { $0 - Int($1) }
    }

    /// The k-th smallest of all scores, or the largest if there are fewer.
    private static func smallest(_ k: Int, of scores: [Tensor]) -> Float {
        let all = Tensor.concatenated(scores.map { $0.reshaped([$0.elementCount]) })
        let larger = all.largestMask(keeping: max(all.elementCount - k, 0))
        return (all - all * larger).largestMagnitude()
    }
}
