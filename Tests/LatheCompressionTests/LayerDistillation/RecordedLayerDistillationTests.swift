import LatheCheckpoints
import LatheGolden
import LatheModels
import LatheNN
import LatheTensor
import Testing

@testable import LatheCompression

@Suite("Layer-by-layer distillation as the original computes it")
struct RecordedLayerDistillationTests {
    @Test(
        "The losses of each layer's steps, and its first gradients, are the recorded ones",
        arguments: GoldenCase.all("distill", where: { $0.entry["steps_per_layer"] != nil }))
    func steps(_ golden: GoldenCase) throws {
        let file = try golden.file(), steps = try #require(golden.entry["steps_per_layer"]?.integer)
        let start = try file.tensors(under: "student/")
        let teacherStart = try golden.file(try #require(golden.entry["teacher_file"]?.string)).tensors(under: "")
        let model = try golden.bert(like: start), student = model.bertClassifier
        let teacher = try golden.bert(like: teacherStart).bertClassifier
        let compression = try Compression(golden.compressionConfig, of: model, file: golden.name)
        compression.attach()
        compression.follow(step: 0)
        try student.load(start)
        try teacher.load(teacherStart)
        let visible = try file.tensor("batch/attention_mask").cast(to: .float32)
        let batch = TokenBatch(
            try file.tensor("batch/input_ids"), tokenTypes: try file.tensor("batch/token_type_ids"),
            keyMask: (visible - 1) * Float.greatestFiniteMagnitude)
        let states = withInference { teacher(batch, capturing: .hiddenStates) }.transformer.hiddenStates
        let losses = try file.tensor("losses"),
            limits = (loss: Limit(golden.limits["losses"]), norm: Limit(golden.limits["gradnorm"]))
        for (number, layer) in student.transformerLayers.enumerated() {
            let learner = LayerLearner(layer, optimizer: try golden.optimizer(of: layer))
            for step in 0..<steps {
                let loss = learner.step(states[number], target: states[number + 1], layout: batch.layout) {
                    if step == 0 { compare(layer, number, file, limits.norm) }
                }
                let recorded = losses.selected(number).floatArray[step]
                #expect(
                    limits.loss.accepts(loss, recorded), "layer \(number), step \(step): \(loss), recorded \(recorded)")
            }
        }
    }

    private func compare(_ layer: any TransformerLayer, _ number: Int, _ file: SafetensorsFile, _ limit: Limit) {
        for (path, parameter) in layer.namedParameters {
            guard let recorded = try? file.tensor("gradnorm/\(number).\(path)").scalar else {
                Issue.record("no recorded gradient of \(path)")
                continue
            }
            let norm = parameter.gradient?.sumOfSquares().squareRoot() ?? -1
            #expect(limit.accepts(norm, recorded), "layer \(number), \(path): \(norm), recorded \(recorded)")
        }
    }
}
