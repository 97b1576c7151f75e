import LatheNN
import LatheTensor

/// A transformer that tells, with its outputs, what its layers computed on the way: what a student learns from.
public protocol ObservableTransformer<Input>: Module {
    /// What it reads: a `TokenBatch`, or images `[batch, channels, height, width]`.
    associatedtype Input
    /// Logits, and what the layers computed on the way.
    func callAsFunction(_ input: Input, capturing wanted: CapturedOutputs) -> (
        logits: Tensor, transformer: TransformerOutput
    )
}

/// One that reads tokens.
public protocol TokenTransformer: ObservableTransformer where Input == TokenBatch {
    /// The number of tokens it knows.
    var vocabularySize: Int { get }
    /// The most tokens a text may have.
    var longestSequence: Int { get }
}

/// A transformer that classifies images.
public protocol ImageTransformer: ImageClassifier, LayerStack, ObservableTransformer where Input == Tensor {
    /// The input of the first layer, `[batch, tokens, hidden]`, for images `[batch, channels, height, width]`.
    func embedded(_ images: Tensor) -> Tensor
}
