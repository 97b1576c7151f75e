import ArgumentParser
import LatheNN
import LathePacking
import LatheTensor

/// How weights are kept and inputs of layers are multiplied.
enum Weights: String, CaseIterable, ExpressibleByArgument {
    case fp32, bf16
    /// Weights of 8, 4, 2 (ternary) and 1 bit, inputs quantised to 8 bits row by row.
    case w8a8, w4a8, w2a8, w1a8

    var format: WeightFormat {
        switch self {
        case .fp32: .float32
        case .bf16: .bfloat16
        case .w8a8: .w8a8
        case .w4a8: .w4a8
        case .w2a8: .w2a8
        case .w1a8: .w1a8
        }
    }

    /// The arithmetic of what is not packed; `nil` for the usual one, in which commands run a saved model.
    var precision: Precision? { self == .bf16 ? .bfloat16 : nil }

    /// Packs a network for inference, as opening a saved model does: a low-bit format leaves other layers in floats.
    /// - Returns: the number of layers that have the format.
    @discardableResult
    func pack(_ network: any Module) -> Int { network.packWeights(format).count }

    /// What a network is timed with that was packed so: by itself, where its layers had been packed before.
    func name(in network: any Module) -> String {
        self == .fp32 && !network.layerSchemes(includesActivations: false).isEmpty ? "as saved" : rawValue
    }
}
