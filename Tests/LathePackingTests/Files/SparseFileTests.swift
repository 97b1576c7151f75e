import Foundation
import LatheCheckpoints
import LatheNN
import LatheTensor
import Testing

@testable import LathePacking

private final class Network: Module {
    @Child("features") var convolution: Conv2d
    @Child("hidden") var hidden: Linear
    @Child("head") var head: Linear

    init() {
        convolution = Conv2d(channels: 4, outputs: 64, kernelSize: 3, options: ConvolutionOptions(padding: 1))
        hidden = Linear(inputs: 64, outputs: 96)
        head = Linear(inputs: 96, outputs: 40)
    }

    func callAsFunction(_ images: Tensor) -> Tensor { head(hidden(convolution(images).globalAveragePool())) }
}

@Suite("Files of sparse weights")
struct SparseFileTests {
    private let random = RandomSource(seed: 23)
    private let directory = FileManager.default.temporaryDirectory.appendingPathComponent("lathe-\(UUID().uuidString)")

    private var path: String { directory.path + ".safetensors" }

    /// A network of which pruning has kept a fifth, in blocks of four outputs or single weights.
    private func pruned(blockRows: Int) throws -> Network {
        let network = withRandomSource(random) { Network() }
        for parameter in [
            network.convolution.weight.parameter, network.hidden.weight.parameter, network.head.weight.parameter,
        ] {
            let parameter = try #require(parameter), columns = parameter.shape.dropFirst().reduce(1, *)
            let mask = (0..<parameter.shape[0] * columns).map {
                ($0 / columns / blockRows * 7 + $0 % columns) % 5 == 0 ? 1 : 0 as Float
            }
            parameter.value = parameter.detached * Tensor(mask, shape: parameter.shape)
        }
        return network
    }

    private func outputs(_ networks: Network...) -> [[Float]] {
        let images = Tensor.randomNormal([20, 4, 5, 5], from: random)
        return networks.map { network in withInference { network(images) }.floatArray }
    }

    @Test(
        "A network in few bits comes back with the same output, multiplied as before",
        arguments: [(WeightFormat.w8a8, 1), (.w8a8, 4), (.w4a8, 1), (.w4a8, 4), (.w2a8, 4)])
    func roundTrip(format: WeightFormat, blockRows: Int) throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let (saved, loaded) = (try pruned(blockRows: blockRows), withRandomSource(random) { Network() })
        saved.packWeights(format)
        try ModuleFile.save(saved, to: path)
        try ModuleFile.load(path, into: loaded)
        let results = outputs(saved, loaded)
        #expect(results[0] == results[1])
        guard case .packed(let weight) = loaded.hidden.weight else { Issue.record("not packed"); return }
        #expect((weight is BlockSparseWeight) == (blockRows == 4))
        let names = try SafetensorsFile(path: path).names.filter { $0.hasPrefix("hidden.weight") }.sorted()
        #expect(names == ["hidden.weight_kept", "hidden.weight_mask", "hidden.weight_scale", "hidden.weight_shape"])
        #expect(try SafetensorsFile(path: path).shape(of: "hidden.weight_mask") == [96 / blockRows, 8])
        try ModuleFile.save(loaded, to: path + "2")
        defer { try? FileManager.default.removeItem(atPath: path + "2") }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data(contentsOf: URL(fileURLWithPath: path + "2")))
    }

    @Test("Float weights come back exactly, to be trained on, from a far smaller file", arguments: [1, 4])
    func floats(blockRows: Int) throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let (saved, loaded) = (try pruned(blockRows: blockRows), withRandomSource(random) { Network() })
        let before = saved.namedParameters.map { $0.parameter.detached.floatArray }, outputBefore = outputs(saved)[0]
        #expect(saved.packSparseFloats() == ["features", "hidden", "head"])
        #expect(outputBefore.count == outputs(saved)[0].count)
        try ModuleFile.save(saved, to: path)
        try ModuleFile.load(path, into: loaded)
        #expect(loaded.namedParameters.map { $0.parameter.detached.floatArray } == before)
        let results = outputs(saved, loaded)
        #expect(zip(results[0], results[1]).allSatisfy { abs($0 - $1) < 1e-5 })
        let plain = (64 * 36 + 96 * 64 + 40 * 96) * 4, file = try SafetensorsFile(path: path)
        let stored = try file.names.filter { $0.contains("weight_") }.map { try file.tensor($0).byteCount }.reduce(0, +)
        #expect(stored < plain / 3)
    }

    @Test(
        "What is wrong with a sparse weight is said",
        arguments: [
            ("weight_mask", "expected uint8 [blocks, 8], blocks dividing 96 rows, got uint8 [5, 8]"),
            ("weight_mask", "expected uint8 [blocks, 8], blocks dividing 96 rows, got int8 [24, 8]"),
            ("weight_kept", "for the 1536 blocks of 4 that the mask keeps, got [8, 4]"),
            ("weight_kept", "expected int8, got float32"),
            ("weight_shape", "expected [96, 64], got [96, 65]"),
            ("weight_scale", "expected [96, 1], got [96, 2]"),
            ("weight_kept", "missing"),
        ])
    func damaged(tensor: String, message: String) throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let network = withRandomSource(random) { Network() }
        let scheme = LayerScheme(
            format: "lathe-sparse", weight: WeightScheme(bits: 8, grid: .symmetric, granularity: .channel))
        var writer = SafetensorsWriter()
        writer.metadata["quantization_config"] = QuantizationConfig([("hidden", scheme)], opensInPython: false)?.json
            .text()
        var tensors: [String: Tensor] = [
            "weight_mask": ([UInt8](repeating: 0xff, count: 192)).withUnsafeBytes {
                Tensor(bytes: $0, shape: [24, 8], dtype: .uint8)
            },
            "weight_kept": Tensor.ones([1536, 4]).cast(to: .int8), "weight_scale": .ones([96, 1]),
            "weight_shape": [96, 64].withUnsafeBytes { Tensor(bytes: $0, shape: [2], dtype: .int64) },
        ]
        tensors[tensor] =
            switch message {
            case let text where text.hasSuffix("[5, 8]"): Tensor.zeros([5, 8]).cast(to: .uint8)
            case let text where text.hasSuffix("int8 [24, 8]"): Tensor.zeros([24, 8]).cast(to: .int8)
            case let text where text.hasSuffix("[8, 4]"): Tensor.ones([8, 4]).cast(to: .int8)
            case let text where text.hasSuffix("float32"): .ones([1536, 4])
            case let text where text.hasSuffix("65]"):
                [96, 65].withUnsafeBytes { Tensor(bytes: $0, shape: [2], dtype: .int64) }
            case let text where text.hasSuffix("[96, 2]"): .ones([96, 2])
            default: nil
            }
        for (name, value) in tensors { writer.add("hidden." + name, value) }
        try writer.write(to: path)
        let error = #expect(throws: ModuleFileError.self) { try ModuleFile.load(path, into: network) }
        let lines = try #require(error).description.split(separator: "\n").filter { $0.contains("hidden." + tensor) }
        #expect(lines.contains { $0.contains(message) }, "\(lines)")
    }

    @Test("Bits behind the last column are refused, and so are codes for a layer that has floats")
    func mask() throws {
        let shape = [4, 11].withUnsafeBytes { Tensor(bytes: $0, shape: [2], dtype: .int64) }
        let stray = ([0xff, 0x0f] as [UInt8]).withUnsafeBytes { Tensor(bytes: $0, shape: [1, 2], dtype: .uint8) }
        let scheme = LayerScheme(
            format: "lathe-sparse", weight: WeightScheme(bits: 8, grid: .symmetric, granularity: .channel))
        let parts = StoredParts(
            shape: [4, 11],
            tensors: [
                "_mask": stray, "_shape": shape, "_kept": Tensor.ones([12, 4]).cast(to: .int8),
                "_scale": .ones([4, 1]),
            ])
        #expect(throws: PackedTensorError.self) { try PackedForm.sparse.read(parts, scheme) }

        let whole = ([0xff, 0x07] as [UInt8]).withUnsafeBytes { Tensor(bytes: $0, shape: [1, 2], dtype: .uint8) }
        let codes = StoredParts(
            shape: [4, 11], tensors: ["_mask": whole, "_shape": shape, "_kept": Tensor.ones([11, 4]).cast(to: .int8)])
        #expect(throws: PackedTensorError.self) {
            try PackedForm.sparse.read(codes, LayerScheme(format: "lathe-sparse", weight: nil))
        }
        let asymmetric = LayerScheme(
            format: "lathe-sparse", weight: WeightScheme(bits: 8, grid: .asymmetric, granularity: .channel))
        #expect(throws: PackedTensorError.self) { try PackedForm.sparse.read(codes, asymmetric) }
    }
}
