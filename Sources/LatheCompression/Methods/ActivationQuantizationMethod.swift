import LatheModels
import LatheNN
import LatheTensor

/// Inputs of few bits: each token (each image of a convolution) has a range of its own, or all share one that follows
/// the data.
final class ActivationQuantizationMethod: CompressionMethod {
    let technique = Technique.activationQuantization
    private let section: CompressionConfig.ActivationQuantization
    private let layers: [(layer: SelectedLayer, bits: Int, quantizer: InputQuantizer)]

    init(_ section: CompressionConfig.ActivationQuantization, _ layers: [SelectedLayer]) {
        self.section = section
        let bits = Dictionary(section.groups.map { ($0.name, $0.parameters.bits) }) { first, _ in first }
        self.layers = layers.compactMap { layer in
            bits[layer.group].map { bits in
                let quantizer = InputQuantizer(
                    bits: bits, grid: section.quantizationType == .symmetric ? .symmetric : .asymmetric,
                    calibration: section.rangeCalibration == .dynamic
                        ? .dynamic : .running(momentum: InputQuantizer.defaultMomentum))
                return (layer, bits, quantizer)
            }
        }
    }

    var actions: [LayerAction] {
        layers.map { layer, bits, _ in
            let range =
                section.rangeCalibration == .static
                ? "one range" : layer.layer is Conv2d ? "a range an image" : "a range a token"
            return LayerAction(
                technique: technique, group: layer.group, path: layer.path,
                summary: "inputs of \(bits) bits, \(section.quantizationType.rawValue), \(range)",
                firstStep: section.scheduleOffset, related: [])
        }
    }

    /// Takes the place of what quantised the layers' inputs before.
    func attach() {
        for (layer, _, quantizer) in layers {
            quantizer.isActive = false
            switch layer.layer {
            case let linear as Linear: Self.put(quantizer, &linear.inputTransforms)
            case let convolution as Conv2d: Self.put(quantizer, &convolution.inputTransforms)
            default: preconditionFailure("\(layer.path): inputs of a \(type(of: layer.layer)) cannot be quantised")
            }
        }
    }

    private static func put(_ quantizer: InputQuantizer, _ transforms: inout InputTransforms) {
        transforms.removeAll { $0 is InputQuantizer }
        transforms.append(quantizer)
    }

    func follow(step: Int) {
        for (_, _, quantizer) in layers { quantizer.isActive = step >= section.scheduleOffset }
    }
}
