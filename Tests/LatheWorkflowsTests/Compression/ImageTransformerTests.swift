import LatheDigits
import LatheModels
import LatheTensor
import LatheTestModels
import LatheTraining
import Testing

@testable import LatheCompression
@testable import LatheWorkflows

@Suite("Transformers of images learn from teachers, and layer by layer")
struct ImageTransformerTests {
    private static let layers = [#"encoder\.layer"#]
    private let models: TinyModels

    init() throws {
        models = try TinyModels()
        try models.images("encoder", .patchEncoder, labels: DigitsDataset.labelNames)
    }

    private func request(_ sections: [ConfigSection], to output: String = "out") throws -> CompressionRequest {
        var training = FineTuning(model: .directory(models.path("encoder")), task: .digits, output: models.path(output))
        training.options = TrainingOptions(.steps(3), batchSize: 8, learningRate: 1e-3)
        training.options.evaluations = .end
        var request = CompressionRequest(training, config: try sections.config(), configFile: "c.json")
        request.distillation = DistillationOptions()
        return request
    }

    @Test("Half the layers learn from all, and are what is saved")
    func layerReduction() throws {
        var request = try request([
            .layers([1, 3], prefix: "encoder.layer", others: ["embeddings", "classifier"]), .weights(1, Self.layers),
            .inputs(8, Self.layers),
        ])
        request.teacher = models.path("encoder")
        var losses: [Float] = []
        let summary = try request.run(report: {
            if case .training(.step(let progress)) = $0 { losses.append(progress.loss) }
        })
        #expect(losses.count == 3 && losses.allSatisfy { $0 > 0 && $0.isFinite })
        #expect(try PretrainedModel(directory: models.path("out")).layerCount == 2)
        #expect(try ModelEvaluation(model: models.path("out"), task: .digits).run().evaluation == summary.after)
    }

    @Test("A student that is its teacher has nothing to learn but the soft labels")
    func sameNetwork() throws {
        let training = try request([]).training
        let opened = try #require(try training.open() as? any DistillableOpenedTask), losses = ownTeacherLosses(opened)
        #expect(losses.hidden == 0)
        #expect(losses.attention == 0)
        #expect(losses.classes > 0)
    }

    @Test("Teachers that do not read such images are refused", arguments: ["resnet", "colour"])
    func wrongTeacher(_ name: String) throws {
        try models.images("resnet", .smallResNet(depth: 8, hasBatchNorm: true), labels: DigitsDataset.labelNames)
        try models.images("colour", .patchEncoder, labels: DigitsDataset.labelNames, imageChannels: 3)
        var request = try request([.weights(8, Self.layers)])
        request.teacher = models.path(name)
        #expect(throws: CompressionError.self) { try request.run() }
        #expect(!models.exists("out"))
    }

    @Test("Layers learn from the built-in digits to make up for 4 bits")
    func layerByLayer() throws {
        var request = PostTrainingQuantization(
            model: models.path("encoder"), config: try [ConfigSection.weights(4, Self.layers)].config(),
            configFile: "c.json", output: models.path("out"))
        var distillation = LayerDistillation(.digits)
        (distillation.options.steps, distillation.options.batchSize, distillation.options.learningRate) = (20, 16, 1e-3)
        request.distillation = distillation
        let summary = try request.run()
        #expect(summary.layers.count == 4)
        #expect(summary.layers.allSatisfy { $0.lastLoss < $0.firstLoss })
        #expect(!models.exists("out/distillation"))
    }

    @Test("Texts are nothing that a transformer of images can be calibrated by, nor images a network without layers")
    func wrongCalibration() throws {
        try models.digits("resnet", hasBatchNorm: true)
        for (model, calibration) in [
            ("encoder", LayerDistillation.Calibration.random), ("resnet", .digits), ("encoder", .cifar10("none.bin")),
        ] {
            var request = PostTrainingQuantization(
                model: models.path(model), config: try [ConfigSection.weights(8, ["."])].config(), configFile: "c.json",
                output: models.path("out"))
            request.distillation = LayerDistillation(calibration)
            #expect(throws: (any Error).self) { try request.run() }
            #expect(!models.exists("out/model.safetensors"))
        }
    }
}

/// The terms of the loss where a network learns from itself.
private func ownTeacherLosses(_ opened: some DistillableOpenedTask) -> (
    classes: Float, attention: Float?, hidden: Float?
) {
    var random = SplitMix64(seed: 1)
    let (logits, transformer) = withInference {
        opened.network(opened.task.batch([0, 1, 2], &random), capturing: [.hiddenStates, .attentionScores])
    }
    let outputs = DistillationLoss.Outputs(logits: logits, transformer: transformer)
    let terms = DistillationLoss(LayerMap(studentLayers: 4, teacherLayers: 4)).terms(student: outputs, teacher: outputs)
    return (terms.classes.scalar, terms.attention?.scalar, terms.hidden?.scalar)
}
