import LatheTensor

/// The form of a layer's weight; see ``WeightForm``.
public protocol LayerWeight: ModuleMember {
    /// Trainable floats.
    static func dense(_ parameter: Parameter) -> Self
    /// Trainable floats that transforms change.
    static func transformed(_ weight: TransformedWeight) -> Self
    /// Makes a packed form; `nil` if the layer cannot compute with it.
    init?(packed weight: any PackedWeight)
    /// What training changes; `nil` for a packed form.
    var parameter: Parameter? { get }
    /// The transformed form, if it is that.
    var transformed: TransformedWeight? { get }
    /// The packed form, if it is that.
    var packedWeight: (any PackedWeight)? { get }
    /// `[outputs, …]`
    var shape: [Int] { get }
}

/// The kinds of layers with weights.
public enum LayerKind: String, Sendable, Hashable, CaseIterable {
    case linear, convolution, embedding

    /// The name of the class in PyTorch, by which `quantization_config` refers to such layers.
    public var className: String {
        switch self {
        case .linear: "Linear"
        case .convolution: "Conv2d"
        case .embedding: "Embedding"
        }
    }
}

/// A layer whose weight compression can transform: linear layers, convolutions, embeddings.
public protocol CompressibleLayer: Module {
    associatedtype Weight: LayerWeight
    /// What the layer does with its weight, which decides what a config's patterns take it for.
    static var kind: LayerKind { get }
    var weight: Weight { get set }
    /// `nil` for a layer without one.
    var bias: Parameter? { get }
}

/// A layer that multiplies activations by its weight: compression can transform both. An embedding does not; it looks up
/// rows.
public protocol ProductLayer: CompressibleLayer {
    /// What happens to the activations before they are multiplied, in the order in which it is applied.
    var activationTransforms: ActivationTransforms { get set }
}

extension CompressibleLayer {
    /// What the layer does with its weight.
    public var kind: LayerKind { Self.kind }

    /// The transforms of the weight, in the order in which they are applied.
    public var weightTransforms: [any WeightTransform] { weight.transformed?.transforms ?? [] }

    /// Adds a transform to those of the weight.
    /// - Precondition: the weight is trainable.
    public func attach(_ transform: some WeightTransform) {
        if weight.transformed == nil {
            guard let parameter = weight.parameter else { preconditionFailure("a packed weight takes no transforms") }
            weight = .transformed(TransformedWeight(parameter))
        }
        weight.transformed?.add(transform)
    }

    /// Drops the transforms of the weight that satisfy a condition. Without any left, the weight is dense again, the
    /// same parameter.
    public func removeTransforms(where isRemoved: (any WeightTransform) -> Bool) {
        guard let transformed = weight.transformed else { return }
        transformed.remove(where: isRemoved)
        if transformed.transforms.isEmpty { weight = .dense(transformed.parameter) }
    }

    /// Makes what the weight's transforms do permanent, active or not, and drops them. The weight becomes a dense
    /// parameter of its own, so a weight that was tied to it keeps its values; the bias keeps its parameter. The
    /// parameter knows the grid on which a quantiser put its values.
    public func bakeWeight() {
        guard let transformed = weight.transformed else { return }
        let baked = transformed.baked(bias: bias?.detached)
        weight = .dense(
            Parameter(baked.weight.inFileMemory(), isTrainable: transformed.parameter.isTrainable, grid: baked.grid))
        if let bias, let value = baked.bias { bias.value = value }
    }
}

extension Linear: ProductLayer {
    public static var kind: LayerKind { .linear }
}

extension Conv2d: ProductLayer {
    public static var kind: LayerKind { .convolution }
}

extension Embedding: CompressibleLayer {
    public static var kind: LayerKind { .embedding }
}
