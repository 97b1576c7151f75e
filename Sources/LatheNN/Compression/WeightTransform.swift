import LatheTensor

/// One of the things that compression does to a layer's weight: a fake quantiser, a mask. A weight with transforms
/// stays trainable; a layer computes with what the transforms make of it.
///
/// A transform is attached with `CompressibleLayer.attach(_:)`, switched on and off by `isActive`, and made permanent by
/// `CompressibleLayer.bakeWeight()`.
public protocol WeightTransform: AnyObject {
    /// When it is applied among others.
    var stage: TransformStage { get }
    /// Whether it is in force; a schedule switches it.
    var isActive: Bool { get set }
    /// What it keeps in checkpoints, by names beside the layer's `weight`: trained scores, fixed masks.
    var storedParameters: [(name: String, parameter: Parameter)] { get }
    /// Whether it treats each row of a table by itself, so that rows that were looked up can be transformed in place of
    /// the table.
    var actsOnRows: Bool { get }

    /// Applies it, recorded for `backward()`, whether it is active or not.
    func apply(to tensors: inout TransformedTensors)
    /// Applies its final form: what is left when training is over. It need not be recorded.
    func bake(into tensors: inout TransformedTensors)
}

extension WeightTransform {
    public var storedParameters: [(name: String, parameter: Parameter)] { [] }
    public var actsOnRows: Bool { false }
    public func bake(into tensors: inout TransformedTensors) { apply(to: &tensors) }
}

/// The order in which transforms are applied: DeepSpeed's.
public enum TransformStage: Int, Sendable, Comparable {
    case quantization, sparsity, outputs, heads

    public static func < (left: TransformStage, right: TransformStage) -> Bool { left.rawValue < right.rawValue }
}

/// What transforms work on.
public struct TransformedTensors {
    /// `[outputs, …]`
    public var weight: Tensor
    /// `[outputs]`
    public var bias: Tensor?
    /// Where the weight's values lie, but for zeros that masks make; set by a quantiser that bakes.
    package var grid: ValueGrid?

    public init(weight: Tensor, bias: Tensor? = nil) {
        self.weight = weight
        self.bias = bias
    }
}
