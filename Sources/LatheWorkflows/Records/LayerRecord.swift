/// A layer with a weight, before a run and after it.
public struct LayerRecord: Codable, Sendable, Equatable {
    /// `bert.encoder.layer.3.attention.self.query`
    public var path: String
    /// `Linear`, `Conv2d`, `Embedding`
    public var kind: String
    /// Of the weight; nil for a layer that was not there.
    public var shapeBefore: [Int]?
    public var shapeAfter: [Int]
    /// Bytes of weight and bias in the file, 4 for each float that is not stored yet.
    public var bytesBefore: Int?
    public var bytesAfter: Int
    /// What a weight takes in the file: 32, 16, 8, …, 1.6 for ternary codes.
    public var bits: Double
    /// The bits of the layer's quantised inputs; nil for floats.
    public var inputBits: Int?
    /// The share of the weight that is zero, 0…1.
    public var sparsity: Double
    /// `‖W − Ŵ‖ / ‖W‖` of the weight as it was trained and as it is stored; nil where the two have different shapes,
    /// and without compression.
    public var weightError: Double?
    public var weightsBefore: Histogram?
    public var weightsAfter: Histogram?
    /// What the layer read on a batch; nil for embeddings.
    public var inputsBefore: Histogram?
    public var inputsAfter: Histogram?

    public init(path: String, kind: String, shapeAfter: [Int], bytesAfter: Int, bits: Double, sparsity: Double) {
        (self.path, self.kind, self.shapeAfter, self.bytesAfter) = (path, kind, shapeAfter, bytesAfter)
        (self.bits, self.sparsity) = (bits, sparsity)
    }
}

/// How often values fall into intervals of equal width.
public struct Histogram: Codable, Sendable, Equatable {
    /// The smallest value.
    public var low: Double
    /// The largest value; equal to `low` where all values are.
    public var high: Double
    /// Values in each interval, from `low` to `high`.
    public var counts: [Int]

    public init(low: Double, high: Double, counts: [Int]) { (self.low, self.high, self.counts) = (low, high, counts) }
}
