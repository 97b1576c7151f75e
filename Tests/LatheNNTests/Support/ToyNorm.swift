import LatheNN
import LatheTensor

/// A linear layer before a normalisation: parameters with two axes and with one.
final class ToyNorm: Module {
    @Child("dense") var dense: Linear
    @Child("LayerNorm") var norm: LayerNorm

    init(inputs: Int, outputs: Int) {
        dense = Linear(inputs: inputs, outputs: outputs)
        norm = LayerNorm(width: outputs)
    }

    func callAsFunction(_ input: Tensor) -> Tensor { norm(dense(input)) }
}

/// Two layers with one weight between them.
final class ToyTied: Module {
    @Child("embedding") var embedding: Embedding
    @Child("head") var head: Linear

    init() {
        embedding = Embedding(rows: 5, width: 3)
        head = Linear(inputs: 3, outputs: 5)
        head.weight = .dense(embedding.table)
    }
}
