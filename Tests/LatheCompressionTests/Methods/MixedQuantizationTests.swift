import LatheFiles
import LatheGolden
import LatheNN
import LatheTensor
import Testing

@testable import LatheCompression

@Suite("Rounding in the optimizer's step, mixed with the float weight")
struct MixedQuantizationTests {
    private static func section(
        start: Int = 10, target: Int = 8, period: Int = 3, ratio: Double = 0.25, offset: Int = 0
    ) -> JSONValue {
        [
            "shared_parameters": [
                "enabled": true, "schedule_offset": .integer(offset), "quantize_weight_in_forward": false,
                "fp16_mixed_quantize": ["enabled": true, "quantize_change_ratio": .number(ratio)],
            ],
            "different_groups": [
                "wq1": [
                    "params": [
                        "start_bits": .integer(start), "target_bits": .integer(target),
                        "quantization_period": .integer(period),
                    ],
                    "modules": ["encoder"],
                ]
            ],
        ]
    }

    private static func config(_ section: JSONValue) throws -> CompressionConfig {
        try DeepSpeedConfig(
            json: ["train_batch_size": 8, "compression_training": ["weight_quantization": section]], file: "c.json"
        ).compression
    }

    @Test("The share of the float weight is that of a count step by step", arguments: [0, 2, 3, 9], [0.25, 0.125, 1])
    func share(period: Int, ratio: Double) throws {
        let config = try Self.config(Self.section(period: period, ratio: ratio, offset: 5)),
            schedule = CompressionSchedule(config)
        var original = OptimizerStepQuantization(bits: [.init(from: 10, to: 8, period: period)], mixingStep: ratio)
        #expect(schedule.floatShare(at: 5) == 1)
        for step in 6...40 {
            _ = original.step([.ones([2, 2])])
            #expect(schedule.floatShare(at: step) == max(original.ratio, 0), "step \(step)")
        }
        #expect(schedule.floatShare(at: schedule.lastChange) == 0)
        #expect(schedule.floatShare(at: schedule.lastChange - 1) > 0)
    }

    @Test("The network computes with the mix, and the gradient passes straight through")
    func mix() {
        let weight = Parameter(Tensor([0.3, -1, 0.6, 1] as [Float], shape: [2, 2])),
            quantizer = WeightQuantizer(bits: 4)
        func value() -> [Float] {
            var tensors = TransformedTensors(weight: weight.value)
            quantizer.apply(to: &tensors)
            tensors.weight.sum().backward()
            return tensors.weight.floatArray
        }
        let rounded = value()
        quantizer.floatShare = 0.25
        weight.gradient = nil
        for (mixed, (float, rounded)) in zip(value(), zip(weight.detached.floatArray, rounded)) {
            #expect(abs(mixed - (0.25 * float + 0.75 * rounded)) < 1e-6)
        }
        #expect(weight.gradient?.floatArray == [1, 1, 1, 1])
        var baked = TransformedTensors(weight: weight.detached)
        quantizer.bake(into: &baked)
        #expect(baked.weight.floatArray == value())
        #expect(baked.grid == nil)
        quantizer.floatShare = 0
        baked = TransformedTensors(weight: weight.detached)
        quantizer.bake(into: &baked)
        #expect(baked.weight.floatArray == rounded)
        #expect(baked.grid != nil)
    }

    @Test("A run trains from float weights to rounded ones, and cleaning changes nothing any more")
    func training() throws {
        let run = try TokenCompression(["weight_quantization": Self.section()])
        try run.train(steps: 14)
        run.compression.finish()
        let before = withInference { TokenTask.logits(of: run.network, on: Array(0..<8)) }
        _ = run.compression.clean()
        let after = withInference { TokenTask.logits(of: run.network, on: Array(0..<8)) }
        #expect((after - before).largestMagnitude() < 1e-5)
        let weight = try #require(
            run.network.namedParameters.first { $0.path.hasSuffix("layer.0.intermediate.dense.weight") })
        #expect(Set(weight.parameter.detached.floatArray).count <= 256)
    }

    @Test("What is still float when training ends is told, and a share that never falls is refused")
    func warnings() throws {
        // Bits go at 3 and 6, so the float weight is gone at 10.
        let schedule = CompressionSchedule(try Self.config(Self.section()))
        #expect(schedule.lastChange == 10)
        #expect(schedule.warnings(totalSteps: 10).isEmpty)
        let warnings = schedule.warnings(totalSteps: 8)
        #expect(
            warnings.map(\.key) == [
                "compression_training.weight_quantization.shared_parameters.fp16_mixed_quantize.quantize_change_ratio"
            ])
        #expect(warnings.first?.text.contains("50%") == true)
        #expect(throws: CompressionConfigError.self) { try Self.config(Self.section(ratio: 0)) }
    }
}
