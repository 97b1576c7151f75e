import LatheFiles
import LatheNN
import LatheTensor
import Testing

@Suite("Calibrating static input ranges")
struct CalibrationTests {
    private static let section: JSONValue = [
        "shared_parameters": [
            "enabled": true, "quantization_type": "asymmetric", "range_calibration": "static", "schedule_offset": 0,
        ],
        "different_groups": ["aq1": ["params": ["bits": 8], "modules": ["intermediate"]]],
    ]

    /// Takes note of what passes.
    private final class Extremes: ActivationTransform {
        var isActive = true
        var low = Float.infinity, high = -Float.infinity

        func callAsFunction(_ input: LinearInput, rowCount: Int) -> LinearInput {
            (low, high) = (min(low, input.extremes.low), max(high, input.extremes.high))
            return input
        }
    }

    @Test("Ranges hold all that the batches brought, unrounded, and inputs are rounded again afterwards")
    func ranges() throws {
        let run = try TokenCompression(["activation_quantization": Self.section])
        run.compression.finish()
        let layers = run.network.namedModules.compactMap { path, module in
            path.hasSuffix("intermediate.dense") ? module as? Linear : nil
        }
        let observers = layers.map { _ in Extremes() }
        for (layer, observer) in zip(layers, observers) { layer.activationTransforms.append(observer) }
        #expect(layers.count == 2 && run.compression.needsCalibration)
        func compute(_ examples: [Int]) { _ = withInference { TokenTask.logits(of: run.network, on: examples) } }
        run.compression.calibrate([[0, 1, 2], [3, 4], [5]], compute: compute)
        #expect(!run.compression.needsCalibration)
        for (layer, observer) in zip(layers, observers) {
            let quantizer = try #require(layer.activationTransforms.list.first as? ActivationQuantizer),
                range = try #require(quantizer.range)
            #expect(range == (observer.low, observer.high) && range.low < range.high)
            #expect(quantizer.isActive && !quantizer.isCalibrating)
        }
        let rounded = withInference { TokenTask.logits(of: run.network, on: [0, 1, 2]) }
        for layer in layers { layer.activationTransforms.removeAll { $0 is ActivationQuantizer } }
        let exact = withInference { TokenTask.logits(of: run.network, on: [0, 1, 2]) }
        #expect((0.0001..<0.2).contains((rounded - exact).largestMagnitude() / exact.largestMagnitude()))
    }

    @Test("A range that training has set stays")
    func trained() throws {
        let run = try TokenCompression(["activation_quantization": Self.section])
        try run.train(steps: 3)
        run.compression.finish()
        #expect(!run.compression.needsCalibration)
        let before = run.bits
        run.compression.calibrate([[0, 1, 2]]) { _ = TokenTask.logits(of: run.network, on: $0) }
        #expect(run.bits == before)
    }
}
