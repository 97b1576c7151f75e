import LatheNN
import LatheTensor

/// Weights of few bits: the layer computes with rounded values from the schedule's offset on, while the float weight learns through them.
///
/// Where the config rounds in the forward pass, embeddings have a scale for each row, whatever `quantize_groups` says, as upstream; other than upstream, bits
/// fall from `start_bits` to `target_bits` there too. Where it rounds in the optimizer's step (MoQ), the network computes with what the last update left:
/// the rounded weight, or a mix of it and the float weight.
final class WeightQuantizationMethod: CompressionMethod {
    let technique = Technique.weightQuantization
    private let section: CompressionConfig.WeightQuantization
    private let schedule: CompressionSchedule
    private let layers: [(layer: SelectedLayer, group: CompressionConfig.Group<CompressionConfig.WeightQuantization.Bits>, quantizer: WeightQuantizer)]

    init(_ section: CompressionConfig.WeightQuantization, _ schedule: CompressionSchedule, _ layers: [SelectedLayer]) {
        (self.section, self.schedule) = (section, schedule)
        self.layers = layers.compactMap { layer in
            section.groups.first { $0.name == layer.group }.map { group in
                let isByRows = layer.layer is Embedding && section.isInForward
                let quantizer = WeightQuantizer(
                    bits: group.parameters.targetBits, startBits: group.parameters.startBits,
                    grid: section.quantizationType == .symmetric ? .symmetric : .asymmetric, groups: isByRows ? .rows : .count(section.groupCount),
                    rounding: section.rounding == .nearest ? .nearest : .stochastic)
                return (layer, group, quantizer)
            }
        }
    }

    var actions: [LayerAction] {
        layers.map { layer, group, quantizer in
            let bits = group.parameters, groups = quantizer.groups == .rows ? "a scale a row" : section.groupCount == 1 ? "1 group" : "\(section.groupCount) groups"
            let width = bits.startBits == bits.targetBits ? "\(bits.targetBits) bits" : "\(bits.startBits) to \(bits.targetBits) bits"
            return LayerAction(
                technique: technique, group: layer.group, path: layer.path, summary: "\(width), \(section.quantizationType.rawValue), \(groups)",
                firstStep: firstStep, related: [])
        }
    }

    /// In the optimizer's step, the first update is the offset's, and the first forward pass that sees it is the next.
    private var firstStep: Int { section.scheduleOffset + (section.isInForward ? 0 : 1) }

    func attach() {
        for (layer, _, quantizer) in layers {
            quantizer.isActive = false
            layer.layer.attach(quantizer)
        }
    }

    func follow(step: Int) {
        for (_, group, quantizer) in layers {
            quantizer.isActive = step >= firstStep
            quantizer.floatShare = Float(schedule.floatShare(at: step))
            quantizer.bits = schedule.bits(of: group, at: step) ?? group.parameters.startBits
        }
    }
}
