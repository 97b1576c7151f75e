import LatheGolden
import LatheNN
import LatheTensor
import Testing

@Suite("Recorded layers")
struct RecordedLayerTests {
    @Test("A compressed layer computes, learns and is cleaned as the original's", arguments: GoldenCase.all("layer"))
    func layer(_ recorded: GoldenCase) throws {
        let layer = try RecordedLayer(recorded)
        for mask in layer.masks { expectSameBits(mask.mask, try recorded.tensor("mask")) }
        try expectCalibration(of: layer)
        try expectTrainingStep(of: layer)
        if let input = try recorded.tensorIfPresent("x_eval") {
            try expect(recorded, withInference { layer(input) }, "y_eval")
        }
        try expectCleaned(layer)
    }

    /// The steps before the recorded one, which make a running range.
    private func expectCalibration(of layer: RecordedLayer) throws {
        let recorded = layer.recorded
        for step in 0... {
            guard let input = try recorded.tensorIfPresent("x\(step)") else { break }
            try expect(recorded, withTraining { layer(input) }, "y\(step)")
            try expectRange(of: layer, step: step)
        }
    }

    private func expectTrainingStep(of layer: RecordedLayer) throws {
        let recorded = layer.recorded, x = try recorded.tensor("x")
        // Cases without a gradient were recorded in evaluation: a running range is 0...0 there.
        guard let gradient = try recorded.tensorIfPresent("gy") else {
            try expect(recorded, withInference { layer(x) }, "y")
            return
        }
        let input = Parameter(x, isTrainable: x.dtype == .float32)
        let y = withTraining { layer(input.value) }
        try expect(recorded, y, "y")
        if layer.activationQuantizer?.range != nil {
            try expectRange(of: layer, step: recorded.tensor("ranges").shape[0] - 1)
        }
        y.backward(from: gradient)
        try expect(recorded, layer.parameter?.gradient, "dweight")
        if x.dtype == .float32 { try expect(recorded, input.gradient, "dx") }
        if let bias = layer.layer.bias { try expect(recorded, bias.gradient, "dbias") }
        for mask in layer.masks { if let scores = mask.scores { try expect(recorded, scores.gradient, "dscores") } }
    }

    private func expectRange(of layer: RecordedLayer, step: Int) throws {
        let range = try #require(layer.activationQuantizer?.range)
        let problem = layer.recorded.tolerance.problem(
            Tensor([range.low, range.high]), try layer.recorded.tensor("ranges").selected(step))
        #expect(problem == nil, "range after step \(step): \(problem ?? "")")
    }

    private func expectCleaned(_ layer: RecordedLayer) throws {
        let recorded = layer.recorded
        layer.layer.bakeWeight()
        #expect(layer.layer.weightTransforms.isEmpty)
        if recorded.tensorNames.contains("clean_weight") {
            try expect(recorded, layer.parameter?.detached, "clean_weight")
        }
        if recorded.tensorNames.contains("clean_bias") {
            try expect(recorded, layer.layer.bias?.detached, "clean_bias")
        }
        guard recorded.tensorNames.contains("y_clean") else { return }
        let x = try recorded.tensor("x")
        try expect(recorded, withInference { layer(x) }, "y_clean")
    }

    /// Where the original gave NaN, Lathe's number is checked by `zeroGroups` and `emptyRange`.
    private func expect(_ recorded: GoldenCase, _ actual: Tensor?, _ name: String) throws {
        let problem = recorded.tolerance.problem(try #require(actual, "\(name)"), try recorded.tensor(name))
        #expect(problem == nil, "\(name): \(problem ?? "")")
    }

    @Test("A row of zeros stays zeros, where the original gives NaN", arguments: [1, 2, 8])
    func zeroGroups(bits: Int) {
        let embedding = seeded { Embedding(rows: 4, width: 6, paddingIndex: 0) }
        embedding.attach(WeightQuantizer(bits: bits, groups: .rows))
        #expect(embedding(Tensor([Int32(0)])).largestMagnitude() == 0)
        embedding.bakeWeight()
        #expect(embedding.table.detached.selected(0).largestMagnitude() == 0)
    }

    @Test(
        "Before its first range, a running quantiser makes everything 0, where the original gives NaN",
        arguments: QuantizationGrid.allCases)
    func emptyRange(grid: QuantizationGrid) {
        let quantizer = ActivationQuantizer(bits: 8, grid: grid, calibration: .running(momentum: 0.95))
        #expect(quantizer(LinearInput(.ones([2, 3])), rowCount: 2).tensor.largestMagnitude() == 0)
    }
}
