import LatheNN
import LatheTensor

/// A transformer that tells, with its outputs, what its layers computed on the way: what a student learns from.
public protocol ObservableTransformer: Module {
    /// The number of tokens it knows.
    var vocabularySize: Int { get }
    /// The most tokens a text may have.
    var longestSequence: Int { get }
    /// Logits, and what the layers computed on the way.
    func callAsFunction(_ batch: TokenBatch, keeping wanted: KeptOutputs) -> (logits: Tensor, transformer: TransformerOutput)
}
