import LatheNN
import LathePacking
import LatheTensor

/// What may become of the weights of a layer.
public struct WeightChoice: Sendable, Hashable {
    /// 8, 4, 3, 2 (ternary) or 1; nil for floats.
    public var bits: Int?
    /// The share of single weights that stay, those of the largest magnitude; 1 for all.
    public var density: Double

    public init(bits: Int?, density: Double = 1) {
        (self.bits, self.density) = (bits, density)
    }

    /// Weights as they are.
    public static let float = WeightChoice(bits: nil)

    /// In words: `4 bits`, `4 bits, 0.5 kept`.
    public var name: String {
        let width = bits.map { $0 == 1 ? "1 bit" : "\($0) bits" } ?? "floats"
        return density < 1 ? "\(width), \(density) kept" : width
    }
}

/// How weights are rounded when one of the choices is tried: what a config has once for all layers.
public struct WeightRounding: Sendable, Hashable {
    /// `quantize_groups`: equal runs of a flattened weight with a scale each. Tables have one for each row instead.
    public var groupCount: Int
    /// Whether scales are those of the least squared error, and not those of the largest value
    /// (`lathe quantize --scales search`).
    public var searchesScales: Bool

    public init(groupCount: Int, searchesScales: Bool = false) {
        (self.groupCount, self.searchesScales) = (groupCount, searchesScales)
    }

    /// The values that `choice` leaves of a layer's weight, and the grid that they lie on; nil where the groups do not
    /// go up in the weight. They are those that `lathe quantize` makes of it.
    func values(of layer: some CompressibleLayer, as choice: WeightChoice) -> TransformedTensors? {
        guard let parameter = layer.weight.parameter else { return nil }
        let transformed = TransformedWeight(parameter), isTable = layer.kind == .embedding
        if let bits = choice.bits {
            guard isTable || parameter.shape.elementCount % groupCount == 0 else { return nil }
            let quantizer = WeightQuantizer(bits: bits, groups: isTable ? .rows : .count(groupCount))
            quantizer.searchesRange = searchesScales
            transformed.add(quantizer)
        }
        if choice.density < 1 {
            if isTable { return nil }
            transformed.add(PruningMask(.element, keeping: choice.density, ofLargestIn: parameter.detached))
        }
        let values = transformed.baked()
        return choice.bits != nil && values.grid == nil ? nil : values
    }

    /// Bytes that such values take in a file; nil for those that are not packed.
    func bytes(_ values: TransformedTensors, of layer: any CompressibleLayer, floats: DType) -> Int? {
        PackedSize.bytes(
            of: values.weight, on: values.grid, isForIntegers: true, leavesOutZeros: layer.kind != .embedding,
            floats: floats)
    }
}
