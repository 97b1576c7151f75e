import LatheGolden
import LatheModels
import LatheTensor
import Testing

@testable import LatheCompression

@Suite("Distillation as the original computes it")
struct RecordedDistillationTests {
    @Test(
        "The loss's terms and the gradients of all parameters are the recorded ones",
        arguments: GoldenCase.all("distill", where: { $0.entry["att_list"] != nil }))
    func losses(_ golden: GoldenCase) throws {
        let file = try golden.file(), teacherFile = try golden.file(try #require(golden.entry["teacher_file"]?.string))
        let isRegression = golden.entry["regression"]?.bool ?? false
        let attention = try #require(golden.entry["att_list"]?.array).compactMap(\.integer)
        let hidden = try #require(golden.entry["rep_list"]?.array).compactMap(\.integer)
        let start = try file.tensors(under: "student/"), teacherStart = try teacherFile.tensors(under: "")
        let model = try golden.bert(like: start), student = model.bertClassifier
        let teacher = try golden.bert(like: teacherStart).bertClassifier
        let teacherLayers = teacher.transformerLayers.count
        try compress(model, by: golden)
        try student.load(start)
        try teacher.load(teacherStart)
        // DeepSpeed's first state of -1, the last one, is a mistake that Lathe does not repeat; what is recorded is
        // compared all the same.
        let map = LayerMap(attention: attention, hidden: hidden.map { $0 < 0 ? $0 + teacherLayers + 1 : $0 })
        if !hidden.contains(where: { $0 < 0 }) {
            #expect(
                map == LayerMap(keeping: attention)
                    || map == LayerMap(studentLayers: attention.count, teacherLayers: teacherLayers))
        }
        let mask = try file.tensor("batch/attention_mask").cast(to: .float32)
        let padding = Float(try #require(golden.entry["padding_mask_value"]?.double))
        let batch = TokenBatch(
            try file.tensor("batch/input_ids"), tokenTypes: try file.tensor("batch/token_type_ids"),
            keyMask: (mask - 1) * -padding)
        let loss = DistillationLoss(map, outputs: isRegression ? .number : .classes)
        func outputs(_ model: BertForSequenceClassification) -> DistillationLoss.Outputs {
            let (logits, transformer) = model(batch, capturing: [.hiddenStates, .attentionScores])
            return .init(logits: logits, transformer: transformer)
        }
        let terms = loss.terms(student: outputs(student), teacher: withInference { outputs(teacher) })
        let total = loss.total(terms, labelLoss: nil), expected = try file.tensor("loss").floatArray
        let tolerance = Limit(golden.limits["loss"])
        for (actual, expected) in zip(
            [total, terms.classes, try #require(terms.attention), try #require(terms.hidden)], expected)
        {
            #expect(tolerance.accepts(actual.scalar, expected), "\(actual.scalar), recorded \(expected)")
        }
        total.backward()
        let gradientTolerance = Limit(golden.limits["gradnorm"])
        let norms = try file.tensors(under: "gradnorm/")
        for (path, parameter) in student.namedParameters {
            let norm = try #require(parameter.gradient, "\(path)").sumOfSquares().squareRoot(),
                recorded = try #require(norms[path]).scalar
            #expect(gradientTolerance.accepts(norm, recorded), "\(path): \(norm), recorded \(recorded)")
        }
    }

    /// Puts the case's techniques in force, if it has any.
    private func compress(_ student: PretrainedModel, by golden: GoldenCase) throws {
        guard golden.config["compression_training"] != nil else { return }
        let compression = try Compression(golden.compressionConfig, of: student, file: golden.name)
        compression.attach()
        compression.follow(step: 0)
    }
}

@Suite("Distillation")
struct DistillationLossTests {
    @Test("A student that keeps layers learns from the states around them, the first from the embeddings")
    func maps() {
        #expect(LayerMap(keeping: [1, 3, 5]).hidden == [0, 2, 4, 6])
        #expect(LayerMap(keeping: [0, 2]).hidden == [0, 1, 3])
        #expect(LayerMap(studentLayers: 3, teacherLayers: 6) == LayerMap(attention: [1, 3, 5], hidden: [0, 2, 4, 6]))
        #expect(LayerMap(studentLayers: 2, teacherLayers: 2) == LayerMap(attention: [0, 1], hidden: [0, 1, 2]))
    }

    @Test("A student that is its teacher has nothing to learn but the entropy of the classes")
    func same() {
        let model = tinyBert(layers: 2, seed: 1).bertClassifier
        let batch = TokenBatch(joining: [[1, 2, 3], [4, 5]])
        let (logits, transformer) = withInference { model(batch, capturing: [.hiddenStates, .attentionScores]) }
        let outputs = DistillationLoss.Outputs(logits: logits, transformer: transformer)
        let terms = DistillationLoss(LayerMap(studentLayers: 2, teacherLayers: 2)).terms(
            student: outputs, teacher: outputs)
        #expect(terms.attention?.scalar == 0)
        #expect(terms.hidden?.scalar == 0)
        let probabilities = logits.softmax()
        #expect(abs(terms.classes.scalar + (probabilities * logits.logSoftmax()).mean().scalar) < 1e-6)
    }

    @Test("Weights scale the terms; a weight of 0 leaves a term out")
    func weights() {
        var options = DistillationOptions()
        (options.classWeight, options.attentionWeight, options.hiddenWeight, options.labelWeight) = (2, 0, 3, 0.5)
        let loss = DistillationLoss(LayerMap(studentLayers: 1, teacherLayers: 1), options: options)
        let terms = DistillationLoss.Terms(classes: Tensor(1), attention: nil, hidden: Tensor(10))
        #expect(loss.total(terms, labelLoss: Tensor(4)).scalar == 2 + 30 + 2)
        #expect(loss.options.capturedOutputs == [.hiddenStates])
    }

    @Test("A teacher of another width is met through a projection, which learns too")
    func projection() throws {
        let student = tinyBert(layers: 2, hidden: 16, seed: 1).bertClassifier
        let teacher = tinyBert(layers: 2, seed: 2).bertClassifier
        let learner = DistilledStudent(student, widths: (16, 24)), batch = TokenBatch(joining: [[1, 2, 3], [4, 5]])
        let kept: CapturedOutputs = [.hiddenStates, .attentionScores]
        let target = withInference { teacher(batch, capturing: kept) }, output = student(batch, capturing: kept)
        let loss = DistillationLoss(LayerMap(studentLayers: 2, teacherLayers: 2))
        let terms = loss.terms(
            student: .init(logits: output.logits, transformer: output.transformer),
            teacher: .init(logits: target.logits, transformer: target.transformer),
            projection: learner.projection)
        loss.total(terms, labelLoss: nil).backward()
        let projection = try #require(learner.namedParameters.first { $0.path == "distillation_projection.weight" })
        #expect(projection.parameter.gradient != nil)
        #expect(learner.namedParameters.contains { $0.path == "classifier.weight" })
    }
}
