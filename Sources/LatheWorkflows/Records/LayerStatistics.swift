import LatheNN
import LatheTensor

/// The layers of a network with weights, as they are at one moment: what a record says of them before a run, or after
/// it.
package struct LayerStatistics {
    private struct Layer {
        let path, kind: String
        let shape: [Int]
        let byteCount: Int
        let bits: Double
        let inputBits: Int?
        let sparsity: Double
        let weightError: Double?
        let weights, inputs: Histogram?
    }

    private let layers: [Layer]

    /// Looks at the layers, and watches what comes to them while `batch` runs the network. A layer that computes with
    /// another's table is none of its own.
    /// - Parameters:
    ///   - floats: the type in which everything that is not packed is stored.
    ///   - trained: weights as they were trained, to compare with, by the paths of their layers.
    /// - Throws: what running the network throws.
    package init(
        _ network: any Module, floats: DType = .float32, watching batch: ProbeBatch?,
        trained: [String: StoredTensor] = [:]
    ) throws {
        let tallies = try network.observingInputs { try batch?.run() }
        let schemes = network.layerSchemes(includesActivations: true)
        let inputBits = schemes.reduce(into: [String: Int]()) { $0[$1.path] = $1.scheme.inputs?.bits }
        layers = withInference {
            network.layersWithWeights.map { path, layer in
                defer { MemoryPool.shared.trimLarge() }
                let weight = WeightStatistics(layer), values = weight.values(storedIn: floats),
                    tally = ValueHistogram(values), shape = values.shape
                return Layer(
                    path: path, kind: "\(type(of: layer))", shape: shape,
                    byteCount: weight.byteCount(floats) + (layer.bias?.detached.elementCount ?? 0) * floats.byteWidth,
                    bits: Double(8 * weight.codeByteCount(floats)) / Double(max(shape.elementCount, 1)),
                    inputBits: inputBits[path],
                    sparsity: Double(tally.zeroCount) / Double(max(shape.elementCount, 1)),
                    weightError: trained[path].flatMap { Self.relativeError(of: values, from: $0.values) },
                    weights: Histogram(tally),
                    inputs: tallies[path].flatMap { Histogram($0) })
            }
        }
    }

    /// The weights that training changes, without their transforms, by the paths of their layers, to compare with
    /// later. Nothing is copied.
    package static func weights(of network: any Module) -> [String: StoredTensor] {
        network.layersWithWeights.reduce(into: [:]) { $0[$1.path] = $1.layer.weight.parameter?.stored }
    }

    /// `‖after − before‖ / ‖before‖`; nil for tensors of different shapes.
    private static func relativeError(of after: Tensor, from before: Tensor) -> Double? {
        guard after.shape == before.shape else { return nil }
        let size = Double(before.sumOfSquares()), error = after.squaredDistance(to: before)
        return size > 0 ? (error / size).squareRoot() : error.squareRoot()
    }

    /// Puts the layers beside those of an earlier survey.
    package func records(before: LayerStatistics) -> [LayerRecord] {
        let earlier = Dictionary(before.layers.map { ($0.path, $0) }) { first, _ in first }
        return layers.map { layer in
            var record = LayerRecord(
                path: layer.path, kind: layer.kind, shapeAfter: layer.shape, bytesAfter: layer.byteCount,
                bits: layer.bits, sparsity: layer.sparsity)
            let before = earlier[layer.path]
            (record.shapeBefore, record.bytesBefore) = (before?.shape, before?.byteCount)
            (record.inputBits, record.weightError) = (layer.inputBits, layer.weightError)
            (record.weightsBefore, record.weightsAfter) = (before?.weights, layer.weights)
            (record.inputsBefore, record.inputsAfter) = (before?.inputs, layer.inputs)
            return record
        }
    }
}

extension Histogram {
    /// An odd number, so that the zero of weights that lie evenly around it has an interval of its own.
    static let intervalCount = 41

    /// Nil without values.
    init?(_ tally: ValueHistogram) {
        guard let extremes = tally.extremes else { return nil }
        self.init(low: Double(extremes.low), high: Double(extremes.high), counts: tally.intervals(Self.intervalCount))
    }
}

extension ValueHistogram {
    fileprivate init(_ tensor: Tensor) {
        self.init()
        add(tensor)
    }
}
