import LatheNN
import LathePacking
import LatheTensor

/// The parts of an encoder layer, each with inputs of its own, in the order in which a layer runs them.
struct LayerParts {
    struct Part {
        let name: String
        /// Floating-point or integer operations, a multiply-add being two.
        var operations = 0.0
        /// In what it multiplies; nil for a part that does not.
        var arithmetic: PackedMatrix.Arithmetic?
        let run: () -> Void
    }

    private(set) var list: [Part] = []
    private let format: WeightFormat
    private let arithmetic: PackedMatrix.Arithmetic
    /// Inputs that are worked on at once: `[sequences, tokens]` each.
    private let pieces: Int
    private let pieceShape: [Int]

    init(_ command: LayerCommand) {
        format = command.weights.format
        // As inference does: a thread's sequences one after the other, or all of them at once on all threads.
        let threads = Kernels.threadCount, isEven = threads > 1 && command.batch % threads == 0
        pieces = isEven ? command.batch : 1
        pieceShape = [command.batch / pieces, command.sequence]
        arithmetic = Self.packed(1, 1, format).arithmetic

        let hidden = command.hidden, narrow = inputs(hidden), broad = inputs(command.intermediate)
        let norm = LayerNorm(width: hidden, epsilon: 1e-12)
        var options = AttentionOptions(heads: command.heads)
        options.precision = command.weights == .fp32 ? .float32 : .bfloat16
        let normalization = Part(name: "normalisation", run: each { _ = norm(narrow[$0]) })
        let attention = Part(
            name: "attention", operations: 4 * Double(command.batch * command.sequence * command.sequence * hidden),
            arithmetic: command.weights == .fp32 ? .float32 : .bfloat16,
            run: each { [options] in
                _ = Tensor.attention(query: narrow[$0], key: narrow[$0], value: narrow[$0], options: options)
            })
        list =
            [
                quantization("quantise the input", narrow), product("query, key, value", narrow, hidden, count: 3),
                attention,
            ]
            + [
                quantization("quantise the context", narrow),
                product("attention's output", narrow, hidden, addingTo: narrow), normalization,
            ]
            + [
                quantization("quantise the middle", narrow),
                product("feed-forward, first, GELU", narrow, command.intermediate, activation: .gelu),
            ]
            + [
                quantization("quantise the wide", broad),
                product("feed-forward, second", broad, hidden, addingTo: narrow), normalization,
            ]
        if case .integer = arithmetic { return }
        list.removeAll { $0.name.hasPrefix("quantise") }
    }

    private func inputs(_ width: Int) -> [Tensor] { (0..<pieces).map { _ in .randomNormal(pieceShape + [width]) } }

    private func each(_ body: @escaping (Int) -> Void) -> () -> Void {
        let pieces = pieces
        return { if pieces == 1 { body(0) } else { _ = IndependentParts.map(pieces, body) } }
    }

    private func quantization(_ name: String, _ tensors: [Tensor]) -> Part {
        let arithmetic = arithmetic
        return Part(name: name, run: each { _ = PreparedInput(tensors[$0], for: arithmetic) })
    }

    private func product(
        _ name: String, _ tensors: [Tensor], _ outputs: Int, count: Int = 1, activation: Activation = .identity,
        addingTo residuals: [Tensor]? = nil
    ) -> Part {
        let width = tensors[0].shape[2], tokens = tensors.count * pieceShape.elementCount,
            bias = Tensor.zeros([outputs])
        let ready = tensors.map { PreparedInput($0, for: arithmetic) },
            weights = (0..<count).map { _ in Self.packed(width, outputs, format) }
        return Part(
            name: name, operations: 2 * Double(tokens) * Double(width * outputs * count), arithmetic: arithmetic,
            run: each { piece in
                for weight in weights {
                    _ = weight.linear(ready[piece], bias: bias, activation: activation, residual: residuals?[piece])
                }
            })
    }

    /// A random weight, packed.
    private static func packed(_ inputs: Int, _ outputs: Int, _ format: WeightFormat) -> any PackedLinearWeight {
        let layer = Linear(inputs: inputs, outputs: outputs)
        layer.packWeights(format)
        guard case .packed(let weight) = layer.weight else {
            preconditionFailure("a random weight cannot be packed as \(format)")
        }
        return weight
    }
}
