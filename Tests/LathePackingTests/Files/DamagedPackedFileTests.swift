import Foundation
import LatheCheckpoints
import LatheNN
import LatheTensor
import Testing

@testable import LathePacking

@Suite("Packed files that are damaged, or contradict their quantization_config")
struct DamagedPackedFileTests {
    /// A change of a good file of one layer, `[6, 40]`, and what the error must say.
    struct Damage: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var form = "pack"
        var change: @Sendable (inout [String: Tensor]) -> Void = { _ in }
        var text: @Sendable (String) -> String = { $0 }
        let error: String
    }

    private static let damages: [Damage] = [
        Damage(
            testDescription: "a scale is not a number",
            change: { $0["weight_scale"] = Tensor([1, 1, .nan, 1, 1, 1] as [Float], shape: [6, 1]) },
            error: "weight_scale: a scale is nan"),
        Damage(
            testDescription: "a scale is infinite",
            change: { $0["weight_scale"] = Tensor([1, 1, .infinity, 1, 1, 1] as [Float], shape: [6, 1]) },
            error: "weight_scale: a scale is inf"),
        Damage(
            testDescription: "a scale is negative",
            change: { $0["weight_scale"] = Tensor([1, 1, -0.5, 1, 1, 1] as [Float], shape: [6, 1]) },
            error: "weight_scale: a scale is -0.5"),
        Damage(
            testDescription: "scales of another count", change: { $0["weight_scale"] = .ones([5, 1]) },
            error: "weight_scale: expected [6, 1], got [5, 1]"),
        Damage(
            testDescription: "scales as integers",
            change: { $0["weight_scale"] = Tensor([Int32](repeating: 1, count: 6), shape: [6, 1]) },
            error: "weight_scale: expected floating-point numbers, got int32"),
        Damage(testDescription: "no scales", change: { $0["weight_scale"] = nil }, error: "weight_scale: missing"),
        Damage(testDescription: "no shape", change: { $0["weight_shape"] = nil }, error: "weight_shape: missing"),
        Damage(testDescription: "no codes", change: { $0["weight_packed"] = nil }, error: "weight_packed: missing"),
        Damage(
            testDescription: "codes of another type",
            change: { $0["weight_packed"] = $0["weight_packed"]?.cast(to: .int8) },
            error: "weight_packed: expected int32, got int8"),
        Damage(
            testDescription: "too few codes", change: { $0["weight_packed"] = $0["weight_packed"]?.sliced(0..<5) },
            error: "weight_packed: expected [6, 5], got [5, 5]"),
        Damage(
            testDescription: "another shape stated",
            change: { $0["weight_shape"] = Tensor([6, 39] as [Int32]).cast(to: .int64) },
            error: "weight_shape: expected [6, 40], got [6, 39]"),
        Damage(
            testDescription: "an unexpected zero point", change: { $0["weight_zero_point"] = .zeros([6, 1]) },
            error: "weight_zero_point: unexpected"),
        Damage(
            testDescription: "floats in place of codes",
            change: { $0 = ["weight": .zeros([6, 40]), "bias": .zeros([6])] },
            error: "weight: quantization_config says that it has 4 bits"),
        Damage(
            testDescription: "a form that is unknown",
            text: { $0.replacingOccurrences(of: "pack-quantized", with: "zip-quantized") },
            error: "group_0.format: zip-quantized is not known; Lathe reads int-quantized"),
        Damage(
            testDescription: "another form",
            text: { $0.replacingOccurrences(of: "pack-quantized", with: "int-quantized") }, error: "weight: missing"),
        Damage(
            testDescription: "bits beyond 8",
            text: { $0.replacingOccurrences(of: #""num_bits":4"#, with: #""num_bits":9"#) },
            error: "weights.num_bits: expected an integer 1…8, got 9"),
        Damage(
            testDescription: "other bits",
            text: { $0.replacingOccurrences(of: #""num_bits":4"#, with: #""num_bits":3"#) },
            error: "weight_packed: expected [6, 4], got [6, 5]"),
        Damage(
            testDescription: "no group for the layer",
            text: { $0.replacingOccurrences(of: #""targets":[""]"#, with: #""targets":["other"]"#) },
            error: "no group of quantization_config says how it is packed"),
        Damage(
            testDescription: "a group that does not divide",
            text: {
                $0.replacingOccurrences(
                    of: #""group_size":null,"num_bits":4,"strategy":"channel""#,
                    with: #""group_size":7,"num_bits":4,"strategy":"group""#)
            }, error: "groups of 7 (quantization_config) do not divide the 40 columns"),
        Damage(
            testDescription: "a strategy that is unknown",
            text: { $0.replacingOccurrences(of: #""strategy":"channel""#, with: #""strategy":"block""#) },
            error: "weights.strategy: block is not known"),
        Damage(
            testDescription: "an asymmetric grid without zero points",
            text: { $0.replacingOccurrences(of: #""symmetric":true"#, with: #""symmetric":false"#) },
            error: "weight_zero_point: missing"),
        Damage(
            testDescription: "another method",
            text: { $0.replacingOccurrences(of: #""producer":"lathe""#, with: #""quant_method":"gptq""#) },
            error: "quant_method: gptq; Lathe reads models of compressed-tensors and its own"),
        Damage(
            testDescription: "text that is no JSON", text: { String($0.dropLast(3)) }, error: "quantization_config: "),
        Damage(
            testDescription: "bytes beyond five trits", form: "trits",
            change: { $0["weight_packed"] = Tensor(bytes: [UInt8](repeating: 243, count: 48), [6, 8]) },
            error: "weight_packed: a byte of five trits lies beyond 242"),
        Damage(
            testDescription: "trits of another width", form: "trits",
            text: { $0.replacingOccurrences(of: #""num_bits":2"#, with: #""num_bits":3"#) },
            error: "weight_packed: lathe-trits has symmetric weights of 2 bits"),
        Damage(
            testDescription: "codes beyond their bits", form: "bytes",
            text: { $0.replacingOccurrences(of: #""num_bits":8"#, with: #""num_bits":4"#) },
            error: "weight: codes lie beyond the 4 bits"),
        Damage(
            testDescription: "a static range upside down", form: "static",
            change: { $0["activation_quantizer.x_min_max"] = Tensor([2, -1] as [Float]) },
            error: "activation_quantizer.x_min_max: a range from 2.0 to -1.0"),
        Damage(
            testDescription: "no static range", form: "static", change: { $0["activation_quantizer.x_min_max"] = nil },
            error: "activation_quantizer.x_min_max: missing"),
        Damage(
            testDescription: "a zero point that is no whole number", form: "far",
            change: { $0["weight_zero_point"] = .full([6, 1], 0.5) }, error: "weight_zero_point: not a whole number"),
    ]

    /// The tensors of a layer in a form, and what its metadata says.
    private static func good(_ form: String) throws -> (tensors: [String: Tensor], text: String) {
        let layer = withRandomSource(RandomSource(seed: 3)) { Linear(inputs: 40, outputs: 6) }
        let weight = try #require(layer.weight.parameter).detached
        // Values that are all positive put the zero points of 4 bits outside the codes.
        if form == "far" { layer.weight = .dense(Parameter(weight * 0.1 + 10)) }
        layer.attach(
            WeightQuantizer(
                bits: ["trits": 2, "bytes": 8][form] ?? 4, grid: form == "far" ? .asymmetric : .symmetric, groups: .rows
            ))
        if form == "bytes" { layer.activationTransforms.append(ActivationQuantizer(bits: 8)) }
        if form == "static" {
            let quantizer = ActivationQuantizer(bits: 8, calibration: .running(momentum: 0.9))
            quantizer.range = (-1, 2)
            layer.activationTransforms.append(quantizer)
        }
        layer.bakeWeight()
        #expect(layer.packQuantizedWeights() == [""])
        let config = try #require(
            QuantizationConfig(layer.layerSchemes(includesActivations: false), opensInPython: false))
        return (Dictionary(uniqueKeysWithValues: layer.namedTensors.map { ($0.path, $0.tensor) }), config.json.text())
    }

    @Test("Each is refused with the tensor or the field and what is wrong, and nothing is assigned", arguments: damages)
    func damage(_ damage: Damage) throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(
            "lathe-\(UUID().uuidString).safetensors"
        ).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        var (tensors, text) = try Self.good(damage.form)
        let layer = Linear(inputs: 40, outputs: 6)
        func write() throws {
            var writer = SafetensorsWriter(metadata: [QuantizationConfig.fieldName: text])
            for (name, tensor) in tensors { writer.add(name, tensor) }
            try writer.write(to: path)
        }
        try write()
        try ModuleFile.load(path, into: Linear(inputs: 40, outputs: 6))
        let before = text
        damage.change(&tensors)
        text = damage.text(text)
        try write()
        var message = ""
        do { try ModuleFile.load(path, into: layer) } catch { message = "\(error)" }
        #expect(message.contains(damage.error), "\(message) for \(before)")
        #expect(message.hasPrefix(path))
        #expect(layer.weight.parameter != nil && layer.activationTransforms.list.isEmpty)
    }
}

extension Tensor {
    fileprivate init(bytes: [UInt8], _ shape: [Int]) {
        self = bytes.withUnsafeBytes { Tensor(bytes: $0, shape: shape, dtype: .uint8) }
    }
}
