import ArgumentParser
import LatheTensor

/// How a compressed model is stored.
struct PackingFlags: ParsableArguments {
    enum Floats: String, CaseIterable, ExpressibleByArgument {
        case float32, float16, bfloat16

        var dtype: DType {
            switch self {
            case .float32: .float32
            case .float16: .float16
            case .bfloat16: .bfloat16
            }
        }
    }

    @Flag(
        name: .customLong("no-pack"),
        help: "Store rounded weights as floats, from which training can go on, and not in their bits.")
    var storesFloats = false

    @Option(help: "How everything that is not packed is stored. (default: float32; float16 for --goal 1bit)")
    var floats: Floats?

    /// The type of everything that is not packed: the given one, or the one that goes with the config.
    func floats(_ settings: CompressionSettings) -> DType {
        floats?.dtype ?? settings.starter?.options.floats ?? .float32
    }
}
