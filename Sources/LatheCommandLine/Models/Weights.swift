import ArgumentParser
import Lathe

/// How weights are kept and inputs of layers are multiplied.
enum Weights: String, CaseIterable, ExpressibleByArgument {
    case fp32, bf16
    /// 8-bit weights, inputs quantised to 8 bits row by row.
    case w8a8

    var format: WeightFormat {
        switch self {
        case .fp32: .float32
        case .bf16: .bfloat16
        case .w8a8: .int8
        }
    }
}
