import LatheNN

/// Inputs of few bits: each token (each image of a convolution) has a range of its own, or all share one that follows
/// the data.
final class ActivationQuantizationMethod: CompressionMethod {
    let technique = Technique.activationQuantization
    private let section: CompressionConfig.ActivationQuantization
    private let layers: [(layer: SelectedLayer, bits: Int, quantizer: ActivationQuantizer)]

    init(_ section: CompressionConfig.ActivationQuantization, _ layers: [SelectedLayer]) {
        self.section = section
        let bits = Dictionary(section.groups.map { ($0.name, $0.parameters.bits) }) { first, _ in first }
        self.layers = layers.compactMap { layer in
            bits[layer.group].map { bits in
                let quantizer = ActivationQuantizer(
                    bits: bits, grid: section.grid,
                    calibration: section.rangeCalibration == .dynamic
                        ? .dynamic : .running(momentum: ActivationQuantizer.defaultMomentum))
                return (layer, bits, quantizer)
            }
        }
    }

    var actions: [LayerAction] {
        layers.map { layer, bits, _ in
            let range =
                section.rangeCalibration == .static
                ? "one range" : layer.layer.kind == .convolution ? "a range an image" : "a range a token"
            return LayerAction(
                technique: technique, group: layer.group, path: layer.path,
                summary: "inputs of \(bits) bits, \(section.grid.rawValue), \(range)",
                firstStep: section.scheduleOffset, related: [])
        }
    }

    /// Takes the place of what quantised the layers' inputs before.
    func attach() {
        for (layer, _, quantizer) in layers {
            quantizer.isActive = false
            guard let product = layer.layer as? any ProductLayer else {
                preconditionFailure("\(layer.path): inputs of a \(type(of: layer.layer)) cannot be quantised")
            }
            product.activationTransforms.removeAll { $0 is ActivationQuantizer }
            product.activationTransforms.append(quantizer)
        }
    }

    func follow(step: Int) {
        for (_, _, quantizer) in layers { quantizer.isActive = step >= section.scheduleOffset }
    }
}
