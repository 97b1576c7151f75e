import LatheModels
import LatheNN
import LatheTensor
import LatheTraining

/// The one-stage distillation loss (XTC, arXiv:2206.01859, as DeepSpeed's examples compute it):
///
///     class     = - mean of softmax(t) * log_softmax(s)            (a number instead of classes: mean (s - t)²;
///                 labels: the binary cross-entropy of s against sigmoid(t))
///                 of the next token: KL(softmax(t) ‖ softmax(s)), the mean over tokens (as Megatron-DeepSpeed's distillation)
///     attention = Σ over the student's layers of mean (A_s - A_t)²
///     hidden    = Σ over embeddings and layers of mean (H_s - H_t)²
///
/// Attention scores are those before the softmax. Sequences that are joined have no padding, so that means are over
/// tokens that are there.
package struct DistillationLoss {
    package let map: LayerMap
    package let options: DistillationOptions
    /// What the logits stand for.
    package let outputs: OutputKind

    package init(_ map: LayerMap, options: DistillationOptions = .init(), outputs: OutputKind = .classes) {
        self.map = map
        self.options = options
        self.outputs = outputs
    }

    /// What a model computed.
    package struct Outputs {
        /// `[sequences, labels]`, or `[batch, tokens, vocabulary]`
        package var logits: Tensor
        package var transformer: TransformerOutput

        package init(logits: Tensor, transformer: TransformerOutput) {
            self.logits = logits
            self.transformer = transformer
        }
    }

    /// The terms, before they are weighted.
    package struct Terms {
        package var classes: Tensor
        /// Nil when it does not count.
        package var attention: Tensor?
        package var hidden: Tensor?
    }

    /// The terms for what student and teacher computed for the same batch.
    /// - Parameters:
    ///   - student: what the student computed.
    ///   - teacher: what the teacher computed for the same input.
    ///   - projection: brings the student's hidden states to the teacher's width; nil where they have it.
    package func terms(student: Outputs, teacher: Outputs, projection: Linear? = nil) -> Terms {
        let target = teacher.logits.detached
        let classes =
            switch outputs {
            case .number: student.logits.meanSquaredError(target)
            case .labels: student.logits.binaryCrossEntropy(target.sigmoid())
            case .classes:
                student.logits.softCrossEntropy(target, reduction: options.reduction, temperature: options.temperature)
            case .tokens: student.logits.divergence(from: target, temperature: options.temperature)
            }
        var terms = Terms(classes: classes)
        if options.attentionWeight != 0 {
            terms.attention = sum(
                student.transformer.attentionScores, map.attention.map { teacher.transformer.attentionScores[$0] }
            ) {
                visible($0).meanSquaredError(visible($1))
            }
        }
        if options.hiddenWeight != 0 {
            terms.hidden = sum(
                student.transformer.hiddenStates, map.hidden.map { teacher.transformer.hiddenStates[$0] }
            ) { state, target in
                (projection.map { $0(state) } ?? state).meanSquaredError(target)
            }
        }
        return terms
    }

    /// The weighted sum of the terms, and of the loss on the labels, if that counts.
    package func total(_ terms: Terms, labelLoss: Tensor?) -> Tensor {
        var total = terms.classes * options.classWeight
        if let attention = terms.attention { total = total + attention * options.attentionWeight }
        if let hidden = terms.hidden { total = total + hidden * options.hiddenWeight }
        if options.labelWeight != 0, let labelLoss { total = total + labelLoss * options.labelWeight }
        return total
    }

    private func sum(_ student: [Tensor], _ teacher: [Tensor], _ loss: (Tensor, Tensor) -> Tensor) -> Tensor {
        precondition(
            student.count == teacher.count,
            "\(student.count) of the student's layers, \(teacher.count) of the teacher's")
        return zip(student, teacher).map { loss($0, $1.detached) }.reduce(Tensor(0)) { $0 + $1 }
    }

    /// Scores with zeros where a token does not see another, which is -infinity in a causal attention.
    private func visible(_ scores: Tensor) -> Tensor {
        guard outputs == .tokens else { return scores }
        return .where(scores.detached .> Tensor(-Float.greatestFiniteMagnitude), scores, Tensor(0))
    }
}
