import LatheNN
import LatheTensor

/// A layer that can compute with packed weights, and whose packed weights files can hold.
///
/// Linear layers, convolutions and embeddings are packable. A layer of a user's own that adopts the protocol is packed,
/// saved and read like them. Where it computes as layers of its `CompressibleLayer.kind` do, it needs no more than the
/// conformance: every requirement has a default.
public protocol PackableLayer: CompressibleLayer {
    /// Whether the layer can compute with codes at all.
    var takesCodes: Bool { get }
    /// Whether products of the layer with these codes run in integers when activations have 8 bits.
    func multipliesInIntegers(_ codes: PackedTensor) -> Bool
    /// Returns the packed weight that computes with `codes`.
    /// - Parameters:
    ///   - codes: codes and scales, of the weight's shape.
    ///   - activations: the rounding of the activations; `nil` for none.
    ///   - range: the one range of all activations; `nil` if each row has its own.
    func packedWeight(
        _ codes: PackedTensor, activations: ActivationScheme?, range: (low: Float, high: Float)?
    ) -> any PackedWeight
}

extension PackableLayer {
    public var takesCodes: Bool { true }

    /// Whether convolutions have one scale for an output at most and no zero point; other layers always multiply in
    /// integers.
    public func multipliesInIntegers(_ codes: PackedTensor) -> Bool {
        Self.kind != .convolution || QuantizedConvolution.multipliesInIntegers(codes)
    }

    /// The packed weight of a layer of its `CompressibleLayer.kind`.
    public func packedWeight(
        _ codes: PackedTensor, activations: ActivationScheme?, range: (low: Float, high: Float)?
    ) -> any PackedWeight {
        switch Self.kind {
        case .linear:
            return codes.linearWeight(
                activations.flatMap { ActivationGrid($0, range) }.map { .integer($0) } ?? .float32)
        case .convolution:
            return QuantizedConvolution(
                codes, isForIntegers: activations == .dynamicInt8 && takesCodes && multipliesInIntegers(codes))
        case .embedding:
            return QuantizedEmbedding(codes)
        }
    }
}

/// A layer with packed forms of float weights.
package protocol FloatPackableLayer: PackableLayer {
    /// Makes the form that is prepacked for a product; `nil` if there is none for such layers.
    static var floatForm: ((StoredTensor, Precision) -> any PackedWeight)? { get }
    /// Makes the form whose zeros files leave out; `nil` if there is none for such layers.
    static var sparseForm: ((SparseFloats) -> any PackedWeight)? { get }
}

extension Linear: FloatPackableLayer {
    package static var floatForm: ((StoredTensor, Precision) -> any PackedWeight)? { FloatPanels.init }
    package static var sparseForm: ((SparseFloats) -> any PackedWeight)? { SparseFloatWeight.init }
}

extension Conv2d: FloatPackableLayer {
    /// Convolutions with groups compute in floats.
    public var takesCodes: Bool { options.groups == 1 }

    package static var floatForm: ((StoredTensor, Precision) -> any PackedWeight)? { nil }
    package static var sparseForm: ((SparseFloats) -> any PackedWeight)? { SparseFloatConvolution.init }
}

extension Embedding: PackableLayer {}

extension PackableLayer {
    /// The packed weight that files can hold; `nil` for other weights.
    package var storedWeight: (any StoredWeight)? { weight.packedWeight as? any StoredWeight }

    /// The quantiser of the activations that is in force beside the weight.
    var activationQuantizer: ActivationQuantizer? {
        product?.activationTransforms.list.lazy.compactMap { $0 as? ActivationQuantizer }.first(where: \.isActive)
    }

    /// The layer, if it multiplies activations.
    var product: (any ProductLayer)? { self as? any ProductLayer }

    /// Whether the layer can take what a form made of a weight's tensors.
    func accepts(_ content: PackedContent) -> Bool {
        switch content {
        case .tensor: true
        case .weight(let weight): Weight(packed: weight) != nil
        case .floats: product != nil && weight.parameter != nil
        }
    }

    /// Computes with `content` from now on.
    /// - Parameters:
    ///   - content: codes or a weight that the layer accepts.
    ///   - activations: the rounding of the activations; `nil` for none.
    ///   - range: the one range of all activations; `nil` if each row has its own.
    /// - Returns: whether the weight rounds activations itself; otherwise a transform of the activations has to.
    func pack(_ content: PackedContent, activations: ActivationScheme?, range: (low: Float, high: Float)?) -> Bool {
        let packed: any PackedWeight
        switch content {
        case .tensor(let codes): packed = packedWeight(codes, activations: activations, range: range)
        case .weight(let weight): packed = weight
        case .floats: preconditionFailure("floats are not packed")
        }
        guard let form = Weight(packed: packed) else {
            preconditionFailure("a form of other layers: \(type(of: packed))")
        }
        weight = form
        return packed.activationGrid != nil
    }
}
