import ArgumentParser
import Lathe

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

    /// Packs a network for inference: the layers of the format and, of low-bit ones, all other linear layers in panels of bf16.
    /// - Returns: how many layers have the format.
    @discardableResult
    func pack(_ network: any Module) -> Int {
        let count = network.packWeights(format).count
        if self != .fp32, self != .bf16 { network.packWeights(.bfloat16) }
        return count
    }

    /// What a network is timed with that was packed so: by itself, where its layers had been packed before.
    func name(in network: any Module) -> String { self == .fp32 && !network.layerSchemes(includesInputs: false).isEmpty ? "as saved" : rawValue }
}
