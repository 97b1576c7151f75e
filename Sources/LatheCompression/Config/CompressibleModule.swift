import LatheNN

/// A module of a model, as far as a config can name it.
package struct CompressibleModule: Sendable, Hashable {
    /// The kinds of modules that patterns can hit; DeepSpeed ignores others.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case linear, convolution, embedding, batchNorm

        /// The kind of a layer with a weight.
        package init(_ kind: LayerKind) {
            self =
                switch kind {
                case .linear: .linear
                case .convolution: .convolution
                case .embedding: .embedding
                }
        }
    }

    /// Its path in the model, as in checkpoints: `bert.encoder.layer.3.output.dense`.
    package let path: String
    package let kind: Kind

    package init(_ path: String, _ kind: Kind) {
        (self.path, self.kind) = (path, kind)
    }
}
