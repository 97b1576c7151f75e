import LatheCheckpoints
import LatheTensor
import LatheTestModels
import Testing

@testable import LatheCompression
@testable import LatheWorkflows

@Suite("Learning from a teacher")
struct TeacherTests {
    private let runs: CompressionRuns

    init() throws { runs = try CompressionRuns() }

    private func request(_ teacher: String, change: (inout DistillationOptions) -> Void = { _ in }) throws
        -> CompressionRequest
    {
        var request = try runs.request([.weights(4, ConfigSection.bertLayers)]), options = DistillationOptions()
        change(&options)
        (request.teacher, request.distillation) = (runs.models.path(teacher), options)
        return request
    }

    @Test("A teacher of another width is met by a projection, which is trained and not saved")
    func width() throws {
        try runs.models.bert("wide", labels: ["negative", "positive"]) { $0.encoder.hiddenSize = 24 }
        _ = try request("wide").run()
        let best = try SafetensorsFile(path: runs.models.path("out/training/best.safetensors"))
        #expect(best["distillation_projection.weight"]?.shape == [24, 16])
        let saved = try SafetensorsFile(path: runs.models.path("out/model.safetensors"))
        #expect(!saved.names.contains { $0.contains("projection") })
    }

    @Test("Without a loss on hidden states no projection is needed")
    func noProjection() throws {
        try runs.models.bert("wide", labels: ["negative", "positive"]) { $0.encoder.hiddenSize = 24 }
        _ = try request("wide") { $0.hiddenWeight = 0 }.run()
        #expect(
            try SafetensorsFile(path: runs.models.path("out/training/best.safetensors"))[
                "distillation_projection.weight"] == nil)
    }

    @Test("Teachers that do not fit are refused with the cure before anything is written")
    func misfits() throws {
        let labels = ["negative", "positive"]
        try runs.models.bert("three", labels: ["a", "b", "c"])
        try runs.models.bert("swapped", labels: ["positive", "negative"])
        try runs.models.bert("heads", labels: labels) { $0.encoder.headCount = 4 }
        try runs.models.bert("deep", labels: labels) { $0.encoder.layerCount = 3 }
        try runs.models.bert("short", labels: labels) { $0.positionCount = 6 }
        try runs.models.bert("ignorant", labels: labels) { $0.vocabularySize = 12 }
        try runs.models.encoder("headless")
        let cases = [
            ("three", "three: cannot teach: it has 3 labels, the student 2"),
            (
                "swapped",
                "swapped: cannot teach: its labels are positive, negative in this order, the student's negative, positive"
            ),
            (
                "heads",
                "attention scores of [4] heads cannot be compared with [2] of the student; leave the attention out of the loss"
            ),
            ("deep", "deep: cannot teach: its 3 layers are no multiple of the student's 2"),
            ("short", "short: cannot teach: it takes 6 tokens, and a text has "),
            ("ignorant", "ignorant: cannot teach: it does not know the student's tokens"),
            ("headless", "headless: cannot teach: it has 0 labels"),
        ]
        for (teacher, expected) in cases {
            let message = try runs.message(request(teacher))
            #expect(message.contains(expected), "\(teacher): \(message)")
        }
        #expect(!runs.models.exists("out"))
        #expect(try runs.message(request("heads") { $0.attentionWeight = 0 }).isEmpty)
    }

    @Test("Only transformers learn from a teacher")
    func otherTasks() throws {
        var request = try runs.request([.weights(8, ["conv1"])], .plainImages)
        request.distillation = DistillationOptions()
        #expect(runs.message(request).contains("only transformers learn from a teacher"))
        #expect(!runs.models.exists("out"))
    }

    @Test("After its share of the steps the teacher is silent, and labels teach alone")
    func stopShare() throws {
        let request = try runs.request([])
        let opened = try #require(try request.training.open() as? any DistillableOpenedTask),
            losses = try Losses(opened)
        #expect(losses.distilled != losses.labels)
        #expect(losses.afterwards == losses.labels)
    }
}

/// The losses of one batch before and after the teacher's share of four steps.
private struct Losses {
    let labels: Float
    let distilled: Float
    let afterwards: Float

    init(_ opened: some DistillableOpenedTask) throws {
        var options = DistillationOptions(), random = SplitMix64(seed: 1)
        options.stopShare = 0.5
        let loss = DistillationLoss(LayerMap(studentLayers: 2, teacherLayers: 2), options: options)
        let distilled = DistillationTask(opened.task, teacher: opened.network, loss, totalSteps: 4),
            student = DistilledStudent(opened.network)
        (labels, self.distilled, afterwards) = try withInference {
            let labels = try opened.task.loss(of: opened.network, on: [0, 1, 2], random: &random).scalar
            distilled.didReach(1)
            let taught = try distilled.loss(of: student, on: [0, 1, 2], random: &random).scalar
            distilled.didReach(2)
            return (labels, taught, try distilled.loss(of: student, on: [0, 1, 2], random: &random).scalar)
        }
    }
}
