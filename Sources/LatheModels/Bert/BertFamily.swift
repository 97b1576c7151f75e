/// The models that share BERT's architecture and differ in names and a few details.
public enum BertFamily: String, Sendable, Hashable, CaseIterable {
    /// Devlin et al., arXiv:1810.04805.
    case bert
    /// Liu et al., arXiv:1907.11692: no pooler under its heads, positions counted behind the padding token's id.
    case roberta
    /// Sanh et al., arXiv:1910.01108: half the layers, no token types, no pooler.
    case distilBert = "distilbert"

    /// The names of a layer's parts.
    var layerNames: EncoderLayerNames { self == .distilBert ? .distilBert : .bert }
    /// What the stack of layers is called.
    var encoderName: String { self == .distilBert ? "transformer" : "encoder" }
    /// What the model without head is called inside the models with one.
    var baseName: String { rawValue }
    /// Whether tokens have a type.
    public var hasTokenTypes: Bool { self != .distilBert }
}
