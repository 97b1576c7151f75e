import LatheNN

/// A student while it learns: its network and, where the teacher is wider or narrower, the layer that brings hidden
/// states to the teacher's width, which is trained with it and forgotten afterwards (TinyBERT, arXiv:1909.10351).
public final class DistilledStudent<Network: Module>: Module {
    @Child("") public var network: Network
    @Child("distillation_projection") public var projection: Linear?

    /// - Parameters:
    ///   - network: the student itself.
    ///   - widths: the hidden sizes of student and teacher; nil when they are equal.
    public init(_ network: Network, widths: (student: Int, teacher: Int)? = nil) {
        self.network = network
        projection = widths.map { Linear(inputs: $0.student, outputs: $0.teacher, hasBias: false) }
    }
}
