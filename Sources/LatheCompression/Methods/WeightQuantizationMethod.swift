import LatheNN
import LatheTensor

/// Weights of few bits: the layer computes with rounded values from the schedule's offset on, while the float weight
/// learns through them.
///
/// Where the config rounds in the forward pass, embeddings have a scale for each row, whatever `quantize_groups` says,
/// as upstream. Other than upstream, bits fall from `start_bits` to `target_bits` there too, and a layer that computes
/// with such a table rounds it alike, so that the two stay one. Where it rounds in the optimizer's step (MoQ), the
/// network computes with what the last update left: the rounded weight, or a mix of it and the float weight. There,
/// periods may follow the curvature of the loss: each layer's are stretched by the largest eigenvalue of its block's
/// Hessian, as it was measured before the bit went. Quantisers remember the factors, so that bits are a function of the
/// step and of what checkpoints hold.
final class WeightQuantizationMethod: CompressionMethod {
    let technique = Technique.weightQuantization
    private let section: CompressionConfig.WeightQuantization
    private let schedule: CompressionSchedule
    private let layers: [Layer]
    private let curvature: BlockCurvature?
    /// The eigenvalues that were measured last, one a block, and the step before which that was.
    private(set) var lastCurvature: (step: Int, eigenvalues: [Double])?

    /// A layer with its quantiser.
    private struct Layer {
        let selected: SelectedLayer
        let group: CompressionConfig.Group<CompressionConfig.WeightQuantization.Bits>
        let quantizer: WeightQuantizer
        /// The number of the block that it belongs to, where periods follow the curvature.
        let block: Int?

        var schedule: BitSchedule {
            var schedule = BitSchedule(group.parameters)
            schedule.firstStretches = quantizer.periodFactors.map { Self.stretches($0.detached.floatArray) } ?? []
            return schedule
        }

        /// The stretches that stored factors stand for; what is open, or no factor, is 1.
        static func stretches(_ factors: [Float]) -> [Int] {
            factors.map { (1...Float(BitSchedule.largestStretch)).contains($0) ? Int($0) : 1 }
        }
    }

    /// - Parameter network: what the layers belong to.
    init(
        _ section: CompressionConfig.WeightQuantization, _ schedule: CompressionSchedule, _ layers: [SelectedLayer],
        in network: any Module
    ) {
        (self.section, self.schedule) = (section, schedule)
        let blocks = section.followsCurvature ? NetworkBlocks(section.eigenvalue, in: network) : nil
        curvature = blocks.map { BlockCurvature($0, in: network, section.eigenvalue) }
        let tables = section.tables(among: layers)
        self.layers = layers.compactMap { layer in
            section.groups.first { $0.name == layer.group }.map { group in
                let isByRows = tables.contains(layer.path), block = blocks?.index(of: layer.path)
                let quantizer = WeightQuantizer(
                    bits: group.parameters.targetBits, startBits: group.parameters.startBits,
                    grid: section.grid,
                    groups: isByRows ? .rows : .count(section.groupCount),
                    rounding: section.rounding, keepsPeriodFactors: block != nil)
                return Layer(selected: layer, group: group, quantizer: quantizer, block: block)
            }
        }
    }

    var actions: [LayerAction] {
        layers.map { entry in
            let layer = entry.selected, quantizer = entry.quantizer
            let bits = entry.group.parameters
            let groups =
                quantizer.groups == .rows
                ? "a scale a row" : section.groupCount == 1 ? "1 group" : "\(section.groupCount) groups"
            let width =
                bits.startBits == bits.targetBits
                ? "\(bits.targetBits) bits" : "\(bits.startBits) to \(bits.targetBits) bits"
            return LayerAction(
                technique: technique, group: layer.group, path: layer.path,
                summary: "\(width), \(section.grid.rawValue), \(groups)",
                firstStep: firstStep, related: [])
        }
    }

    /// In the optimizer's step, the first update is the offset's, and the first forward pass that sees it is the next.
    private var firstStep: Int { section.scheduleOffset + (section.isInForward ? 0 : 1) }

    func attach() {
        for layer in layers {
            layer.quantizer.isActive = false
            layer.selected.layer.attach(layer.quantizer)
        }
    }

    func follow(step: Int) {
        let schedules = layers.map(\.schedule), floatShare = Float(schedule.floatShare(at: step, schedules))
        for (layer, bits) in zip(layers, schedules) {
            layer.quantizer.isActive = step >= firstStep
            layer.quantizer.floatShare = floatShare
            layer.quantizer.bits =
                step >= section.scheduleOffset ? bits.bits(after: step - section.scheduleOffset) : bits.startBits
        }
    }

    /// Measures the curvature where a bit that goes before the next measurement decides when another goes.
    func prepare(step: Int, addGradients: () throws -> Void) throws {
        guard let curvature else { return }
        // A run that was resumed has got its factors back only now.
        follow(step: step)
        let update = step + 1 - section.scheduleOffset, interval = section.eigenvalue.interval
        guard update >= 1, (step + 1).isMultiple(of: interval) else { return }
        let coming = update..<update.addingClamped(interval)
        guard layers.contains(where: { $0.block != nil && !Self.drops($0.schedule, in: coming).isEmpty }) else {
            return
        }
        let eigenvalues = try curvature.eigenvalues(seed: UInt64(step), addGradients: addGradients)
        lastCurvature = (step, eigenvalues)
        for layer in layers {
            guard let block = layer.block, let factors = layer.quantizer.periodFactors else { continue }
            var values = factors.detached.floatArray, schedule = layer.schedule
            while let drop = Self.drops(schedule, in: coming).first(where: { values[$0] == 0 }) {
                values[drop] = Float(BitSchedule.stretch(eigenvalue: eigenvalues[block]))
                schedule.firstStretches = Layer.stretches(values)
            }
            factors.value = Tensor(values)
        }
    }

    /// The numbers, from 0 on, of the drops in `updates` behind which another one comes.
    private static func drops(_ schedule: BitSchedule, in updates: Range<Int>) -> [Int] {
        let count = schedule.startBits - schedule.targetBits
        guard schedule.period > 0, count > 1 else { return [] }
        return (0..<count - 1).filter { updates.contains(schedule.dropStep($0 + 1)) }
    }
}

extension CompressionConfig.WeightQuantization {
    /// The paths of the layers that have a scale for each row, whatever `quantize_groups` says: embeddings, and layers
    /// that compute with an embedding's table and get the same bits.
    func tables(among layers: [SelectedLayer]) -> Set<String> {
        guard isInForward else { return [] }
        func bits(_ layer: SelectedLayer) -> Bits? { groups.first { $0.name == layer.group }?.parameters }
        let embeddings = layers.filter { $0.layer.kind == .embedding }
        return Set(
            layers.filter { layer in
                embeddings.contains {
                    $0.layer.weight.parameter === layer.layer.weight.parameter && bits($0) == bits(layer)
                }
            }.map(\.path))
    }
}
