import LatheTensor

/// How a distillation loss treats the classes of one example. Examples are always averaged.
package enum ClassReduction: String, Sendable, CaseIterable {
    /// The mean over the classes as well (DeepSpeed's examples).
    case mean
    /// The sum over the classes: the cross-entropy proper (TinyBERT, arXiv:1909.10351).
    case sum
}

extension Tensor {
    /// The cross-entropy of these logits `[…, classes]` against the softmax of a teacher's:
    /// `- softmax(t / T) · log_softmax(s / T)`, averaged. No gradient flows into the teacher's logits.
    ///
    /// - Parameters:
    ///   - teacherLogits: of the same shape.
    ///   - temperature: T. A value other than 1 also multiplies the loss by T², so that gradients keep their size
    ///     (arXiv:1503.02531).
    package func softCrossEntropy(_ teacherLogits: Tensor, reduction: ClassReduction = .mean, temperature: Float = 1)
        -> Tensor
    {
        precondition(
            shape == teacherLogits.shape && rank >= 1, "soft cross-entropy of \(shape) and \(teacherLogits.shape)")
        precondition(temperature > 0, "a temperature is positive, got \(temperature)")
        let target = (teacherLogits.detached * (1 / temperature)).softmax()
        let logProbabilities = (self * (1 / temperature)).logSoftmax()
        let classes = reduction == .sum ? Float(shape[rank - 1]) : 1
        return (target * logProbabilities).mean() * (-classes * temperature * temperature)
    }
}
