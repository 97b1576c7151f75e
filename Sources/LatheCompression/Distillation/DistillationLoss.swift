import LatheModels
import LatheNN
import LatheTensor

/// The one-stage distillation loss (XTC, arXiv:2206.01859, as DeepSpeed's examples compute it):
///
///     class     = - mean of softmax(t) * log_softmax(s)            (a number instead of classes: mean (s - t)²)
///     attention = Σ over the student's layers of mean (A_s - A_t)²
///     hidden    = Σ over embeddings and layers of mean (H_s - H_t)²
///
/// Attention scores are those before the softmax. Sequences that are joined have no padding, so that means are over tokens that are there.
public struct DistillationLoss {
    public let map: LayerMap
    public let options: DistillationOptions
    /// Whether the outputs are numbers and not classes.
    public let isRegression: Bool

    public init(_ map: LayerMap, options: DistillationOptions = .init(), isRegression: Bool = false) {
        self.map = map
        self.options = options
        self.isRegression = isRegression
    }

    /// What a model computed.
    public struct Outputs {
        /// `[sequences, labels]`
        public var logits: Tensor
        public var encoder: TransformerOutput

        public init(logits: Tensor, encoder: TransformerOutput) {
            self.logits = logits
            self.encoder = encoder
        }
    }

    /// The terms, before they are weighted.
    public struct Terms {
        public var classes: Tensor
        /// Nil when it does not count.
        public var attention: Tensor?
        public var hidden: Tensor?
    }

    /// The terms for what student and teacher computed for the same batch.
    /// - Parameter projection: brings the student's hidden states to the teacher's width; nil where they have it.
    public func terms(student: Outputs, teacher: Outputs, projection: Linear? = nil) -> Terms {
        let target = teacher.logits.detached
        let classes = isRegression
            ? student.logits.meanSquaredError(target)
            : student.logits.softCrossEntropy(target, reduction: options.reduction, temperature: options.temperature)
        var terms = Terms(classes: classes)
        if options.attentionWeight != 0 {
            terms.attention = sum(student.encoder.attentionScores, map.attention.map { teacher.encoder.attentionScores[$0] }) {
                visible($0).meanSquaredError(visible($1))
            }
        }
        if options.hiddenWeight != 0 {
            terms.hidden = sum(student.encoder.hiddenStates, map.hidden.map { teacher.encoder.hiddenStates[$0] }) { state, target in
                (projection.map { $0(state) } ?? state).meanSquaredError(target)
            }
        }
        return terms
    }

    /// The weighted sum of the terms, and of the loss on the labels, if that counts.
    public func total(_ terms: Terms, labelLoss: Tensor?) -> Tensor {
        var total = terms.classes * options.classWeight
        if let attention = terms.attention { total = total + attention * options.attentionWeight }
        if let hidden = terms.hidden { total = total + hidden * options.hiddenWeight }
        if options.labelWeight != 0, let labelLoss { total = total + labelLoss * options.labelWeight }
        return total
    }

    private func sum(_ student: [Tensor], _ teacher: [Tensor], _ loss: (Tensor, Tensor) -> Tensor) -> Tensor {
        precondition(student.count == teacher.count, "\(student.count) of the student's layers, \(teacher.count) of the teacher's")
        return zip(student, teacher).map { loss($0, $1.detached) }.reduce(Tensor(0)) { $0 + $1 }
    }

    /// Scores with zeros where a token does not see another, which is -infinity in a causal attention.
    private func visible(_ scores: Tensor) -> Tensor {
        guard isCausal else { return scores }
        return .where(scores.detached .> Tensor(-Float.greatestFiniteMagnitude), scores, Tensor(0))
    }

    /// Whether attention hides tokens by -infinity.
    public var isCausal = false
}
