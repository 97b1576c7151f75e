import LatheDigits
import LatheModels
import LatheTestFiles
import LatheTestModels
import LatheTraining
import LatheWorkflows
import Testing

@Suite("Measuring classifiers of images")
struct ImageEvaluationTests {
    private let models: TinyModels
    private let digits = DigitsDataset.labelNames

    init() throws { models = try TinyModels() }

    @Test("The built-in digits that are held back are the same for training and measuring, and more than a batch")
    func heldBack() throws {
        let directory = try models.images("r", .smallResNet(depth: 8, hasBatchNorm: false), labels: digits)
        let summary = try ModelEvaluation(model: directory, task: .digits).run(), split = try DigitsDataset.loadSplit()
        #expect(summary.exampleCount == split.test.count)
        #expect(split.train.count + split.test.count == 1797)
        let right = zip(summary.outputs, split.test.labels).count { outputs, label in
            outputs.indices.max { outputs[$0] < outputs[$1] } == Int(label)
        }
        #expect(summary.evaluation["accuracy"] == Double(right) / Double(split.test.count))
    }

    @Test("A model with the classes in another order scores the same")
    func labelOrder() throws {
        let directory = try models.images("r", .smallResNet(depth: 8, hasBatchNorm: false), labels: digits)
        let other = try models.reorder("r", as: "other", head: "fc", order: [3, 1, 4, 5, 9, 2, 6, 8, 7, 0])
        let plain = try ModelEvaluation(model: directory, task: .digits).run().evaluation
        #expect(try ModelEvaluation(model: other, task: .digits).run().evaluation == plain)
    }

    @Test("Models of other images or classes are told apart from those that fit")
    func misfits() throws {
        func error(_ preset: ModelPreset, labels: [String], channels: Int = 1, size: Int = 8) throws -> TaskError? {
            let directory = try models.images("m", preset, labels: labels, imageChannels: channels, imageSize: size)
            return thrown(TaskError.self) { _ = try ModelEvaluation(model: directory, task: .digits).run() }
        }
        let net = ModelPreset.smallResNet(depth: 8, hasBatchNorm: false)
        #expect(try error(net, labels: digits) == nil)
        #expect(try error(net, labels: ["a", "b"]) == .labelCount(task: "digits", expected: 10, got: 2))
        #expect(try error(net, labels: digits, channels: 3) == .imageChannels(expected: 3, got: 1))
        #expect(
            try error(net, labels: Cifar10Dataset.labelNames)
                == .labelNames(expected: Cifar10Dataset.labelNames, got: digits))
        #expect(try error(.patchEncoder, labels: digits) == nil)
        #expect(try error(.patchEncoder, labels: digits, size: 16) == .imageSize(expected: 16, got: 8))
    }

    @Test("CIFAR-10's files are measured, and digits take none")
    func files() throws {
        let directory = try models.images(
            "r", .smallResNet(depth: 8, hasBatchNorm: false), labels: Cifar10Dataset.labelNames, imageChannels: 3)
        // Records of bytes below 128, which are text.
        let record = "\u{3}" + String(repeating: "@", count: Cifar10Dataset.pixelCount)
        let file = try models.file("test_batch.bin", record + record)
        #expect(try ModelEvaluation(model: directory, task: .cifar10, files: [file]).run().exampleCount == 2)
        #expect(
            dataMessage { _ = try ModelEvaluation(model: directory, task: .cifar10, files: [models.path]).run() }?
                .hasPrefix(models.path) == true)
        #expect(
            dataMessage { _ = try ModelEvaluation(model: directory, task: .digits, files: [file]).run() }?.contains(
                "leave out the files") == true)
    }
}
