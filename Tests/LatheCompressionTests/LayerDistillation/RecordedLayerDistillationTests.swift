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
        arguments: GoldenCase.all("distill").filter { $0.name.hasPrefix("lkd") })
    func steps(_ golden: GoldenCase) throws {
        let file = try golden.file(), steps = try #require(golden.entry["steps_per_layer"]?.integer)
        let student = goldenBert(layers: 4), teacher = goldenBert(layers: 4)
        let configuration = ModelConfiguration(
            .init(BertFamily.bert, .sequenceClassification), student.bert.configuration)
        let model = PretrainedModel(configuration, student, directory: nil)
        let compression = try Compression(
            DeepSpeedConfig(json: golden.config, file: golden.name).compression, of: model, file: golden.name)
        compression.attach()
        compression.follow(step: 0)
        try student.load(file.tensors(under: "student/"))
        try teacher.load(golden.file(try #require(golden.entry["teacher_file"]?.string)).tensors(under: ""))
        let visible = try file.tensor("batch/attention_mask").cast(to: .float32)
        let batch = TokenBatch(
            try file.tensor("batch/input_ids"), tokenTypes: try file.tensor("batch/token_type_ids"),
            keyMask: (visible - 1) * Float.greatestFiniteMagnitude)
        let states = withInference { teacher(batch, capturing: .hiddenStates) }.transformer.hiddenStates
        let losses = try file.tensor("losses"),
            limits = (loss: Limit(golden.limits["losses"]), norm: Limit(golden.limits["gradnorm"]))
        for (number, layer) in student.transformerLayers.enumerated() {
            // The original's recorded steps decay every parameter.
            let learner = LayerLearner(
                layer, optimizer: AdamW([ParameterGroup(layer, weightDecay: 0.01)], learningRate: 1e-3))
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
