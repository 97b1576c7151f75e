import Foundation
import LatheFiles
import LatheGolden
import LatheModels
import LatheNN
import LathePacking
import LatheTensor
import LatheTraining
import Testing

@testable import LatheCompression

@Suite("Bits that fall as the loss's curvature says")
struct CurvatureScheduleTests {
    private static func section(
        start: Int = 8, target: Int = 4, period: Int = 1, offset: Int = 0, interval: Int = 1, ratio: Double? = nil,
        name: String = "bert.encoder.layer",
        count: Int = 0, isEnabled: Bool = true
    ) -> JSONValue {
        [
            "weight_quantization": [
                "shared_parameters": [
                    "enabled": true, "schedule_offset": .integer(offset), "quantize_weight_in_forward": false,
                    "fp16_mixed_quantize": [
                        "enabled": .bool(ratio != nil), "quantize_change_ratio": .number(ratio ?? 0.5),
                    ],
                    "eigenvalue": [
                        "enabled": .bool(isEnabled), "max_iter": 30, "tol": 0.01,
                        "gas_boundary_resolution": .integer(interval), "layer_name": .string(name),
                        "layer_num": .integer(count),
                    ],
                ],
                "different_groups": [
                    "wq1": [
                        "params": [
                            "start_bits": .integer(start), "target_bits": .integer(target),
                            "quantization_period": .integer(period),
                        ],
                        "modules": ["encoder", "classifier"],
                    ]
                ],
            ]
        ]
    }

    /// The quantisers of the two blocks and of the classifier.
    private static func quantizers(_ run: TokenCompression) -> [WeightQuantizer] {
        let layers: [any CompressibleLayer] = [
            run.network.bert.encoder.layers[0].intermediate, run.network.bert.encoder.layers[1].intermediate,
            run.network.classifier,
        ]
        return layers.compactMap { $0.weightTransforms.first as? WeightQuantizer }
    }

    @Test(
        "Each block's periods are stretched by what was measured last before a bit went, those outside blocks are not",
        arguments: [(0, 1), (2, 1), (0, 3), (1, 4)])
    func follows(offset: Int, interval: Int) throws {
        let run = try TokenCompression(Self.section(offset: offset, interval: interval)),
            quantizers = Self.quantizers(run)
        // The count step by step, as upstream keeps it.
        var original = OptimizerStepQuantization(bits: (0..<3).map { _ in .init(from: 8, to: 4, period: 1) })
        var factors = [1, 1, 1], measurements: [Int] = []
        let ones = (0..<3).map { _ in Tensor.ones([2, 2]) }
        try run.train(steps: 40) { step in
            if let curvature = run.compression.lastCurvature, curvature.step == step - 1 {
                factors = curvature.eigenvalues.map { 1 + Int(4 * $0) } + [1]
                measurements.append(step)
                #expect(curvature.eigenvalues.max() == 1)
            }
            if step > offset { _ = original.step(ones, factors: factors) }
            #expect(quantizers.map(\.bits) == original.bits.compactMap { $0?.current }, "after \(step) steps")
        }
        #expect(measurements.allSatisfy { $0.isMultiple(of: interval) })
        #expect(!measurements.isEmpty && measurements.count < 8)
        #expect(quantizers[2].bits == 4)
    }

    @Test("What is mixed in returns when any weight loses a bit")
    func mixed() throws {
        let run = try TokenCompression(Self.section(target: 6, period: 2, ratio: 0.25)),
            quantizers = Self.quantizers(run)
        var before = quantizers.map(\.bits), lastDrop = 0
        try run.train(steps: 30) { step in
            if quantizers.map(\.bits) != before { lastDrop = step }
            before = quantizers.map(\.bits)
            #expect(
                quantizers.allSatisfy { $0.floatShare == Float(max(0, 1 - 0.25 * Double(step - lastDrop))) },
                "after \(step) steps")
        }
        #expect(lastDrop > 4)
    }

    @Test("Measuring changes nothing but periods")
    func harmless() throws {
        // The first bit goes when it would without; the next one not before the sixth step.
        let plain = try TokenCompression(Self.section(period: 3, isEnabled: false)),
            measured = try TokenCompression(Self.section(period: 3))
        try plain.train(steps: 5)
        try measured.train(steps: 5)
        #expect(plain.compression.lastCurvature == nil)
        #expect(measured.compression.lastCurvature?.step == 2)
        for (path, values) in plain.bits { #expect(measured.bits[path] == values, "\(path)") }
    }

    @Test("A run that is stopped and resumed arrives at the very same weights and bits", arguments: [1, 2, 3, 5, 12])
    func resume(stop: Int) throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("lathe-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        func output(_ start: TrainingStart) -> TrainingOutput<BertForSequenceClassification> {
            TrainingOutput(directory: directory, start: start) {
                try ModuleFile.save($0, to: $1 + "/model.safetensors")
            }
        }
        let section = Self.section(target: 3, interval: 2, ratio: 0.3), whole = try TokenCompression(section)
        try whole.train(steps: 20)
        let first = try TokenCompression(section)
        #expect(throws: TrainingError.interrupted(step: stop, directory: directory)) {
            try first.train(steps: 20, into: output(.new), stopAfter: stop)
        }
        let second = try TokenCompression(section)
        try second.train(steps: 20, into: output(.resume))
        #expect(whole.bits.keys.contains { $0.hasSuffix("weight_quantizer.period_factors") })
        #expect(second.bits == whole.bits)
        #expect(Self.quantizers(second).map(\.bits) == Self.quantizers(whole).map(\.bits))
        second.compression.finish()
        _ = second.compression.clean()
        #expect(!second.bits.keys.contains { $0.contains("period_factors") })
    }

    @Test("What would end above the target in the steepest block is told")
    func warnings() throws {
        let config = try DeepSpeedConfig(
            json: ["compression_training": Self.section(target: 6, period: 4)], file: "c.json"
        ).compression
        #expect(CompressionSchedule(config).lastChange == 40)
        #expect(
            CompressionSchedule(config).warnings(totalSteps: 39).first?.text.hasPrefix("6 bits are reached at step 40")
                == true)
        #expect(CompressionSchedule(config).warnings(totalSteps: 40).isEmpty)
    }

    @Test(
        "Blocks that are not there are told with those that are",
        arguments: [
            (
                "encoder.layer", 0,
                #"layer_name: no numbered blocks below "encoder.layer"; this network has them below "bert.encoder.layer""#
            ),
            ("bert.encoder.layer", 3, "layer_num: 3, but bert.encoder.layer has 2 blocks; use 0 for all of them"),
        ])
    func misfit(name: String, count: Int, expected: String) throws {
        let config = try DeepSpeedConfig(
            json: ["compression_training": Self.section(name: name, count: count)], file: "c.json"
        ).compression
        var message = ""
        do throws(CompressionConfigError) { _ = try Compression(config, of: TokenTask.model(), file: "c.json") } catch {
            message = error.description
        }
        #expect(message == "c.json: compression_training.weight_quantization.shared_parameters.eigenvalue." + expected)
    }
}
