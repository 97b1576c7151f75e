import LatheNN
import LatheTensor

/// Which layers of a model quantise their inputs, as they were trained to.
///
/// In `config.json`:
///
///     "lathe_inputs": {"bert.encoder.layer.0.intermediate.dense": {"bits": 8, "grid": "symmetric", "range": "dynamic"}}
///
/// A static range lies with the weights, as `<path>.activation_quantizer.x_min_max`.
public struct InputQuantization: Sendable, Hashable {
    /// How one layer does it.
    public struct Rule: Sendable, Hashable {
        public var bits: Int
        public var grid: QuantizationGrid
        /// Whether every token, or image, has its own range; otherwise all share one.
        public var isDynamic: Bool

        public init(bits: Int, grid: QuantizationGrid, isDynamic: Bool) {
            (self.bits, self.grid, self.isDynamic) = (bits, grid, isDynamic)
        }
    }

    static let fieldName = "lathe_inputs"

    /// By the paths of the layers.
    public var rules: [String: Rule] = [:]

    public init() {}

    public var isEmpty: Bool { rules.isEmpty }

    /// Reads the field, if it is there.
    init(_ fields: JSONFields) {
        guard let value = fields[Self.fieldName] else { return }
        for member in value.object ?? [] {
            let grid = member.value["grid"]?.string.flatMap(QuantizationGrid.init), range = member.value["range"]?.string
            guard let bits = member.value["bits"]?.integer, (3...16).contains(bits), let grid, range == "dynamic" || range == "static" else {
                fields.report(
                    "\(Self.fieldName).\(member.key)", "expected bits from 3 to 16, a grid (symmetric or asymmetric) and a range (dynamic or static)")
                continue
            }
            rules[member.key] = Rule(bits: bits, grid: grid, isDynamic: range == "dynamic")
        }
    }

    /// The field, to be written.
    var json: JSONValue {
        .object(
            rules.sorted { $0.key < $1.key }.map { path, rule in
                .init(
                    path,
                    ["bits": .integer(rule.bits), "grid": .string(rule.grid.rawValue), "range": rule.isDynamic ? "dynamic" : "static"])
            })
    }

    /// Makes the layers of `network` quantise their inputs.
    /// - Throws: `ModelFileError.inputs` when a layer is not there.
    func apply(to network: any Module, directory: String) throws(ModelFileError) {
        if isEmpty { return }
        let modules = Dictionary(network.namedModules.map { ($0.path, $0.module) }) { first, _ in first }
        var problems: [String] = []
        for (path, rule) in rules.sorted(by: { $0.key < $1.key }) {
            switch modules[path] {
            case let linear as Linear: linear.inputTransforms.append(rule.quantizer)
            case let convolution as Conv2d: convolution.inputTransforms.append(rule.quantizer)
            default: problems.append("\(path): no linear layer or convolution of the model has this name")
            }
        }
        if !problems.isEmpty { throw .inputs(directory: directory, problems: problems) }
    }
}

extension InputQuantization.Rule {
    fileprivate var quantizer: InputQuantizer {
        InputQuantizer(bits: bits, grid: grid, calibration: isDynamic ? .dynamic : .running(momentum: InputQuantizer.defaultMomentum))
    }
}
