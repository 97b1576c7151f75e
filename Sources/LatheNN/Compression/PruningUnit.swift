import LatheTensor

/// What pruning keeps or removes as a whole.
package enum PruningUnit: Sendable, Hashable {
    /// Single weights.
    case element
    /// An output with its bias: a row of a linear layer, a channel of a convolution.
    case output
    /// One of `count` heads: a block of columns in the layer that projects an attention's context.
    case head(count: Int)

    /// `[out, in]` and `[out, in, height, width]` as they are for elements, `[out, 1, …]` for outputs, `[1, heads]` for
    /// heads.
    package func maskShape(of weight: [Int]) -> [Int] {
        switch self {
        case .element: weight
        case .output: weight.prefix(1) + weight.dropFirst().map { _ in 1 }
        case .head(let count): [1, count]
        }
    }

    /// The L1 norm of every unit of `weight`, in the shape of the mask.
    package func norms(of weight: Tensor) -> Tensor {
        let sizes = weight.detached.absolute()
        switch self {
        case .element: return sizes
        case .output: return sizes.reshaped([weight.shape[0], -1]).sum(axis: 1).reshaped(maskShape(of: weight.shape))
        case .head(let count):
            precondition(
                weight.rank == 2 && weight.shape[1] % count == 0, "\(weight.shape) does not split into \(count) heads")
            return sizes.reshaped([weight.shape[0], count, -1]).sum(axis: 2).sum(axis: 0).reshaped([1, count])
        }
    }

    /// Scores for training to begin with that keep the units of largest norm: L1 norms, scaled to the size of the noise
    /// that DeepSpeed begins with (±1/√n, n being the product of all axes but the first), so that its learning rates
    /// fit.
    package func initialScores(for weight: Tensor) -> Tensor {
        let norms = norms(of: weight), largest = norms.largestMagnitude()
        let bound = 1 / Float(max(Array(norms.shape.dropFirst()).elementCount, 1)).squareRoot()
        return largest > 0 ? norms * (bound / largest) : norms
    }

    /// The noise that DeepSpeed begins with, which keeps units at random: `Initializer.kaimingUniform`.
    package func randomScores(for weight: Tensor, from source: RandomSource = .current) -> Tensor {
        Initializer.kaimingUniform.tensor(maskShape(of: weight.shape), from: source)
    }

    var isHead: Bool {
        if case .head = self { true } else { false }
    }

    /// DeepSpeed's name of a mask or of scores in checkpoints.
    func storedName(_ suffix: String, _ parameter: Parameter) -> String {
        switch self {
        case .element: "sparse_" + suffix
        case .output: (parameter.shape.count == 2 ? "row_" : "channel_") + suffix
        case .head: "head_" + suffix
        }
    }
}
