import Foundation
import LatheFiles
import LatheModels
import LathePacking
import LatheTensor
import LatheTraining
import Testing

@testable import LatheCompression

@Suite("Pruning by gradients: snip_momentum")
struct SnipMomentumTests {
    private static func section(
        _ pattern: String, density: Double = 0.5, end: Int = 6, stride: Int = 2, excluded: JSONValue = ["pooler"]
    ) -> JSONValue {
        [
            "shared_parameters": [
                "enabled": true, "method": "snip_momentum", "schedule_offset": 2, "schedule_offset_end": .integer(end),
                "schedule_offset_stride": .integer(stride), "block_pattern": .string(pattern),
                "dense_ratio": .number(density),
                "excluded_modules": excluded,
            ],
            "different_groups": [:],
        ]
    }

    private static let eightBits: JSONValue = [
        "shared_parameters": ["enabled": true, "quantize_weight_in_forward": true, "quantize_groups": 1],
        "different_groups": [
            "wq1": ["params": ["start_bits": 8, "target_bits": 8, "quantization_period": 0], "modules": ["encoder"]]
        ],
    ]

    /// The share of zeros in all weights together.
    private static func sparsity(_ weights: [Tensor]) -> Double {
        let values = weights.flatMap(\.floatArray)
        return Double(values.count { $0 == 0 }) / Double(values.count)
    }

    @Test("Weights become sparser along the curve, and stay so in training", arguments: ["4x1", "1x4", "2x2", "2:4"])
    func schedule(pattern: String) throws {
        let run = try TokenCompression(["sparse_pruning": Self.section(pattern)])
        #expect(run.prunedWeights.count == 12, "six layers in each of two blocks")
        var shares: [Double] = []
        try run.train(steps: 10) { _ in shares.append(Self.sparsity(run.prunedWeights)) }
        let middle = 1 - 0.5.squareRoot()
        for (step, (share, expected)) in zip(shares, [0, 0, 0, 0, middle, middle, 0.5, 0.5, 0.5, 0.5, 0.5]).enumerated()
        {
            #expect(abs(share - expected) < 2e-3, "after \(step) steps \(share) are zero")
        }
    }

    @Test("Layers share one threshold: they are not equally sparse, and none loses more than 98%")
    func global() throws {
        let run = try TokenCompression(["sparse_pruning": Self.section("1x1", density: 0.1, end: 2)])
        try run.train(steps: 3)
        let shares = run.prunedWeights.map { Self.sparsity([$0]) }
        #expect(Set(shares).count > 6)
        #expect(shares.allSatisfy { $0 <= 0.98 })
        #expect(abs(Self.sparsity(run.prunedWeights) - 0.9) < 1e-3)
    }

    @Test("Excluded layers and the classifier stay dense, and the masked weights are zeros in the cleaned model")
    func cleaned() throws {
        let run = try TokenCompression(["sparse_pruning": Self.section("4x1", excluded: ["pooler", "query"])])
        try run.train(steps: 8)
        run.compression.finish()
        let before = withInference { TokenTask.logits(of: run.network, on: Array(0..<8)) }
        let masks = run.network.namedParameters.filter { $0.path.hasSuffix("sparse_pruning_mask") }
        #expect(masks.count == 10)
        _ = run.compression.clean()
        #expect(abs(Self.sparsity(run.prunedWeights) - 0.5) < 2e-3)
        #expect(withInference { TokenTask.logits(of: run.network, on: Array(0..<8)) }.floatArray == before.floatArray)
        for (path, parameter) in run.network.namedParameters
        where ["classifier.weight", "pooler.dense.weight", "query.weight"].contains(where: path.hasSuffix) {
            #expect(!parameter.detached.floatArray.contains(0), "\(path)")
        }
        #expect(!run.network.namedParameters.contains { $0.path.contains("sparse_") })
    }

    @Test("2:4 and 8 bits go together: two of four are zeros, the others on the grid")
    func composed() throws {
        let run = try TokenCompression(["sparse_pruning": Self.section("2:4"), "weight_quantization": Self.eightBits])
        try run.train(steps: 8)
        run.compression.finish()
        let before = withInference { TokenTask.logits(of: run.network, on: Array(0..<8)) }
        _ = run.compression.clean()
        let after = withInference { TokenTask.logits(of: run.network, on: Array(0..<8)) }
        #expect((after - before).largestMagnitude() < 1e-5)
        for weight in run.prunedWeights {
            let values = weight.floatArray
            for start in stride(from: 0, to: values.count, by: 4) {
                #expect(values[start..<start + 4].count { $0 == 0 } >= 2)
            }
            #expect(Set(values).count <= 256)
        }
    }

    @Test(
        "A run that is stopped and resumed arrives at the very same weights, masks and scores",
        arguments: [1, 3, 4, 5, 7])
    func resume(stop: Int) throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("lathe-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        func output(_ start: TrainingStart) -> TrainingOutput<BertForSequenceClassification> {
            TrainingOutput(directory: directory, start: start) {
                try ModuleFile.save($0, to: $1 + "/model.safetensors")
            }
        }
        let whole = try TokenCompression(["sparse_pruning": Self.section("2:4")])
        try whole.train(steps: 9)
        let first = try TokenCompression(["sparse_pruning": Self.section("2:4")])
        var error: TrainingError?
        do { try first.train(steps: 9, into: output(.new), stopAfter: stop) } catch let caught as TrainingError {
            error = caught
        }
        #expect(error == .interrupted(step: stop, directory: directory))
        let second = try TokenCompression(["sparse_pruning": Self.section("2:4")])
        try second.train(steps: 9, into: output(.resume))
        #expect(whole.bits.keys.contains { $0.hasSuffix("sparse_momentum_scores") })
        #expect(second.bits == whole.bits)
    }

    @Test(
        "A pattern that does not divide a layer is told with the layer and the cure",
        arguments: [("3x1", 10), ("1:3", 10), ("1x16", 2)])
    func misfit(pattern: String, count: Int) throws {
        var problems: [JSONFields.Problem] = []
        do throws(CompressionConfigError) {
            let json: JSONValue = [
                "train_batch_size": 8, "compression_training": ["sparse_pruning": Self.section(pattern, density: 0.7)],
            ]
            let config = try DeepSpeedConfig(json: json, file: "c.json").compression
            _ = try Compression(config, of: TokenTask.model(), file: "c.json")
        } catch {
            if case .invalid(_, let found) = error { problems = found }
        }
        #expect(problems.count == count)
        #expect(problems.allSatisfy { $0.key == "compression_training.sparse_pruning.shared_parameters.block_pattern" })
        #expect(problems.allSatisfy { $0.text.contains("encoder.layer.") && $0.text.contains("excluded_modules") })
    }
}
