import Foundation
import LatheModels
import LatheTensor
import LatheTestModels
import LatheTokenizers
import LatheTraining
import Testing

@testable import LatheWorkflows

@Suite("Training a language model with a teacher")
struct DistilledTrainingTests {
    private let models: TinyModels
    private let training: FineTuning

    init() throws {
        models = try TinyModels()
        try models.gpt2("teacher")
        training = try models.languageTraining("teacher", to: "out")
    }

    private func request(to output: String = "out", steps: Int = 5, _ layers: DistilledTraining.Layers? = .lowest(1))
        -> DistilledTraining
    {
        var training = training
        training.output = models.path(output)
        training.options = TrainingOptions(.steps(steps), batchSize: 8, learningRate: 1e-2)
        training.options.evaluations = .steps(2)
        training.options.logInterval = 1
        var request = DistilledTraining(training, teacher: models.path("teacher"))
        request.layers = layers
        return request
    }

    private func open(_ name: String) throws -> PretrainedModel { try PretrainedModel(directory: models.path(name)) }

    private func message(_ request: DistilledTraining) -> String {
        do {
            _ = try request.run()
            return ""
        } catch {
            return "\(error)"
        }
    }

    // MARK: The student

    @Test(
        "A student begins as the chosen layers and all that stands beside them",
        arguments: [
            DistilledTraining.Layers.lowest(1), .these([1]), .these([1, 0]), .lowest(2), .these([0, 1, 1]),
        ])
    func student(layers: DistilledTraining.Layers) throws {
        let teacher = try open("teacher"), student = try request(layers).student(like: teacher)
        let network = try #require(student.network as? GPT2LMHeadModel)
        #expect(network.transformer.blocks.count == layers.numbers.count)
        for (path, parameter) in student.network.namedParameters {
            var parts = path.split(separator: ".").map(String.init)
            if parts[1] == "h", let place = Int(parts[2]) { parts[2] = String(layers.numbers[place]) }
            #expect(
                parameter.detached.floatArray == teacher.parameter(parts.joined(separator: "."))?.floatArray, "\(path)")
        }
        #expect(network.head.weight.parameter === network.transformer.words.table)
    }

    @Test("What is saved is a model of the student's size that computes what training said")
    func saved() throws {
        let summary = try request().run()
        #expect(try (open("out").network as? GPT2LMHeadModel)?.transformer.blocks.count == 1)
        var evaluation = ModelEvaluation(
            model: models.path("out"), task: .languageModeling, files: [models.path("text.txt")])
        (evaluation.maxLength, evaluation.stride) = (12, 12)
        #expect(try evaluation.run().evaluation == summary.result.best?.evaluation)
        #expect(try models.bytes("out/merges.txt") == models.bytes("teacher/merges.txt"))
    }

    @Test("Without layers the model learns as it is")
    func asItIs() throws {
        var request = request(steps: 1, nil)
        request.training.model = .directory(try models.gpt2("own"))
        var first: [Float]?
        _ = try request.run { student, _ in first = student.parameter("transformer.h.1.mlp.c_fc.weight")?.floatArray }
        #expect(try first == open("own").parameter("transformer.h.1.mlp.c_fc.weight")?.floatArray)
    }

    // MARK: The loss

    /// Cross-entropy and the teacher's divergence, from logits in Double.
    private func reference(
        _ student: GPT2LMHeadModel, _ teacher: GPT2LMHeadModel, _ tokens: [Int32], _ temperature: Double
    ) -> (labels: Double, divergence: Double) {
        let batch = TokenBatch(Tensor(tokens, shape: [1, tokens.count])), size = student.vocabularySize
        func rows(_ model: GPT2LMHeadModel, _ temperature: Double) -> [[Double]] {
            let logits = withInference { model(batch) }.floatArray
            return stride(from: 0, to: logits.count, by: size).map { start in
                let row = logits[start..<start + size].map { Double($0) / temperature },
                    sum = log(row.reduce(0) { $0 + exp($1) })
                return row.map { $0 - sum }
            }
        }
        let plain = rows(student, 1), soft = rows(student, temperature), target = rows(teacher, temperature)
        let labels = zip(plain, tokens.dropFirst()).map { -$0[Int($1)] }
        let divergences = zip(target, soft).map { pair in
            zip(pair.0, pair.1).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) }
        }
        return (
            labels.reduce(0, +) / Double(labels.count),
            divergences.reduce(0, +) / Double(tokens.count) * temperature * temperature
        )
    }

    @Test(
        "The loss is cross-entropy + beta · divergence until the teacher falls silent, then cross-entropy",
        arguments: [(1, 1), (0.5, 2), (0, 1)])
    func loss(beta: Double, temperature: Double) throws {
        var request = request()
        (request.distillation.classWeight, request.distillation.temperature, request.distillation.stopShare) = (
            Float(beta), Float(temperature), 0.6
        )
        let model = try open("teacher"), student = try request.student(like: model)
        let own = try #require(student.network as? GPT2LMHeadModel),
            other = try #require(try open("teacher").network as? GPT2LMHeadModel)
        let text = try TokenStream(
            files: [models.path("text.txt")], tokenizer: Tokenizer(directory: models.path("teacher")))
        let task = try LanguageModelingTask(for: own, train: text, dev: nil, blockLength: 12, identity: "lm")
        let teacher = try Teacher(directory: models.path("teacher"), for: student)
        let (distilled, learner) = try teacher.task(
            task, teaching: own, of: student, keeping: [0], options: request.distillation, training: request.training)
        let expected = reference(own, other, text[24..<36], temperature)
        var random = SplitMix64(seed: 1)
        func loss(after step: Int) throws -> Double {
            distilled.didReach(step)
            return Double(try distilled.loss(of: learner, on: [2], random: &random).scalar)
        }
        // 60% of 5 steps are 3.
        for step in [0, 2] {
            #expect(abs(try loss(after: step) - (expected.labels + beta * expected.divergence)) < 2e-5)
        }
        for step in [3, 4] { #expect(abs(try loss(after: step) - expected.labels) < 1e-5) }
    }

    @Test("The gradient of a parameter is the slope of the loss")
    func gradient() throws {
        let request = request(), model = try open("teacher"), student = try request.student(like: model)
        let own = try #require(student.network as? GPT2LMHeadModel)
        let text = try TokenStream(
            files: [models.path("text.txt")], tokenizer: Tokenizer(directory: models.path("teacher")))
        let task = try LanguageModelingTask(for: own, train: text, dev: nil, blockLength: 12, identity: "lm")
        let (distilled, learner) = try Teacher(directory: models.path("teacher"), for: student).task(
            task, teaching: own, of: student, keeping: [0], options: request.distillation, training: request.training)
        var random = SplitMix64(seed: 1)
        try distilled.loss(of: learner, on: [0, 1], random: &random).backward()
        let parameter = try #require(own.namedParameters.first { $0.path == "transformer.h.0.mlp.c_fc.bias" }).parameter
        let gradient = try #require(parameter.gradient).floatArray, values = parameter.detached.floatArray,
            step: Float = 1 / 64
        for index in stride(from: 0, to: values.count, by: 13) {
            let losses = try [step, -step].map { change in
                var moved = values
                moved[index] += change
                parameter.value = Tensor(moved, shape: parameter.shape)
                return Double(
                    try withInference { try distilled.loss(of: learner, on: [0, 1], random: &random) }.scalar)
            }
            let slope = (losses[0] - losses[1]) / Double(2 * step)
            #expect(abs(slope - Double(gradient[index])) < 1e-3 * max(0.1, abs(slope)), "\(index)")
        }
    }

    @Test("What the teacher says changes what is learned, from the first step to its last", arguments: [0, 0.4, 1])
    func staged(stop: Double) throws {
        func losses(_ change: (inout DistilledTraining) -> Void) throws -> [Double] {
            var request = request()
            request.training.start = .overwrite
            change(&request)
            _ = try request.run()
            return try models.timelessLog("out").compactMap { $0["loss"]?.double }
        }
        let alone = try losses { $0.distillation.stopShare = 0 },
            taught = try losses { $0.distillation.stopShare = stop }
        let plain = try losses { $0.distillation.classWeight = 0 }
        #expect(plain == alone)
        #expect(zip(alone, taught).prefix { $0 != $1 }.count == (stop == 0 ? 0 : 5))
    }

    @Test("Attention scores and hidden states of a causal network are compared as well, where they count")
    func allTerms() throws {
        var request = request()
        (request.distillation.attentionWeight, request.distillation.hiddenWeight) = (1, 1)
        let summary = try request.run()
        #expect(summary.result.steps == 5)
        let losses = try models.timelessLog("out").compactMap { $0["loss"]?.double }
        #expect(losses.allSatisfy { $0.isFinite })
        // All of its layers, nothing dropped: at first the student is its teacher, and only labels are left to learn.
        request.layers = .lowest(2)
        request.teacher = try models.gpt2("calm") {
            ($0.embeddingDropout, $0.residualDropout, $0.attentionDropout) = (0, 0, 0)
        }
        request.training.model = .directory(request.teacher)
        (request.training.start, request.distillation.labelWeight, request.distillation.classWeight) = (
            .overwrite, 0, 1
        )
        request.training.options.duration = .steps(1)
        _ = try request.run()
        #expect(try models.timelessLog("out").compactMap { $0["loss"]?.double }.first.map { abs($0) < 1e-5 } == true)
    }

    // MARK: Stopping and going on

    @Test("A run that was stopped goes on to the same bytes, across the teacher's last step", arguments: [1, 3, 4])
    func resume(stop: Int) throws {
        func request(_ output: String) -> DistilledTraining {
            var request = self.request(to: output)
            request.distillation.stopShare = 0.6
            return request
        }
        _ = try request("whole").run()
        var broken = request("broken"), hooks = TrainingHooks(), done = 0
        hooks.didReach = { done = $0 }
        hooks.shouldStop = { done == stop }
        #expect(throws: TrainingError.interrupted(step: stop, directory: models.path("broken"))) {
            try broken.run(hooks: hooks)
        }
        broken.training.start = .resume
        _ = try broken.run()
        #expect(try models.bytes("broken/model.safetensors") == models.bytes("whole/model.safetensors"))
        #expect(try models.timelessLog("broken") == models.timelessLog("whole"))
    }

    @Test("A run does not go on with another teacher, other layers or another beta")
    func otherRun() throws {
        var hooks = TrainingHooks(), done = 0
        hooks.didReach = { done = $0 }
        hooks.shouldStop = { done == 2 }
        #expect(throws: TrainingError.self) { try request().run(hooks: hooks) }
        try models.gpt2("other")
        func other(_ change: (inout DistilledTraining) -> Void) -> String {
            var request = request()
            request.training.start = .resume
            change(&request)
            return message(request)
        }
        for message in [
            other { $0.teacher = models.path("other") }, other { $0.layers = .these([1]) },
            other { $0.distillation.classWeight = 2 },
        ] {
            #expect(message.contains("belongs to another training run") && message.contains("taught by"), "\(message)")
        }
        #expect(other { _ in }.isEmpty)
    }

    // MARK: What is refused

    @Test("What does not go together is refused with the cure before anything is written")
    func misfits() throws {
        try models.gpt2("short", positionCount: 8)
        try models.bert("bert")
        try models.file("other/tokenizer.json", otherTokenizer)
        for file in ["config.json", "model.safetensors"] {
            try FileManager.default.copyItem(
                atPath: models.path("teacher/\(file)"), toPath: models.path("other/\(file)"))
        }
        try largeVocabulary("large")
        let cases: [((inout DistilledTraining) -> Void, String)] = [
            (
                { $0.layers = .these([0, 2]) },
                "teacher: its layers make no student: 2 is none of the teacher's layers 0…1"
            ),
            ({ $0.layers = .lowest(3) }, "2 is none of the teacher's layers 0…1"),
            ({ $0.teacher = models.path("bert") }, "bert: cannot teach: it is a BertForSequenceClassification"),
            (
                { ($0.teacher, $0.layers) = (models.path("bert"), nil) },
                "bert: cannot teach: it has 2 labels, the student 0"
            ),
            (
                { ($0.teacher, $0.layers) = (models.path("short"), nil) },
                "short: cannot teach: it takes 8 tokens, and a text has 12; cut texts to 8"
            ),
            (
                { ($0.teacher, $0.layers) = (models.path("large"), nil) },
                "large: cannot teach: its vocabulary has \(TinyModels.byteTokenCount + 3) tokens, the student's \(TinyModels.byteTokenCount)"
            ),
            (
                { ($0.teacher, $0.layers) = (models.path("other"), nil) },
                "other: cannot teach: its tokenizer has other tokens"
            ),
            ({ $0.training.task = .glue(.sst2) }, "task sst2: only language models (lm) are trained from a teacher"),
        ]
        for (change, expected) in cases {
            var request = request()
            change(&request)
            let message = message(request)
            #expect(message.contains(expected), "\(message)")
        }
        #expect(!models.exists("out"))
    }

    /// A tokenizer of as many tokens, none of which is the teacher's.
    private var otherTokenizer: String {
        let vocabulary = (0..<TinyModels.byteTokenCount).map { "\"w\($0)\": \($0)" }.joined(separator: ", ")
        return #"{"model": {"type": "BPE", "vocab": {\#(vocabulary)}, "merges": []}, "added_tokens": []}"#
    }

    private func largeVocabulary(_ name: String) throws {
        var sizes = GPT2Configuration(
            vocabularySize: TinyModels.byteTokenCount + 3, positionCount: 24, hiddenSize: 16, layerCount: 2,
            headCount: 2)
        sizes.initializerRange = 0.2
        try PretrainedModel(ModelConfiguration(.init(GPT2Family(), .languageModel), sizes)).save(to: models.path(name))
    }
}
