import Foundation
import LatheFiles
import LatheTestFiles
import LatheTraining
import LatheTensor
import Testing

@Suite("What a training run writes")
struct TrainingOutputTests {
    private let scratch: ScratchDirectory

    init() throws { scratch = try ScratchDirectory() }

    @discardableResult
    private func train(
        _ task: ToyTask = ToyTask(), _ options: TrainingOptions = toyOptions(), _ start: TrainingStart = .new,
        hooks: TrainingHooks = .init()
    ) throws -> (model: ToyNetwork, result: TrainingResult) {
        let model = ToyNetwork(seed: 1)
        return (model, try Trainer(task, options: options).train(model, into: scratch.output(start), hooks: hooks))
    }

    @Test("The log has the options, each step and evaluation, and the end")
    func log() throws {
        let result = try train(ToyTask(), toyOptions(.steps(4))).result
        let lines = try scratch.log()
        #expect(
            lines.map { $0["event"]?.string } == [
                "start", "step", "step", "evaluation", "step", "step", "evaluation", "end",
            ])
        #expect(lines[0]["task"] == "stripes")
        #expect(lines[0]["examples"] == 23)
        #expect(lines[0]["options"] == toyOptions(.steps(4)).json)
        #expect(lines[0]["options"]?["learning_rate"] == 0.02)
        #expect(lines[0]["parameters"] == 62)
        #expect(lines[0]["total_steps"] == 4)
        #expect(
            lines[1].object?.map(\.key) == [
                "event", "step", "epoch", "loss", "learning_rate", "gradient_norm", "seconds", "examples_per_second",
            ])
        #expect(lines[5]["step"] == 4)
        #expect(lines[5]["epoch"] == 2)
        #expect(lines[3].object?.map(\.key) == ["event", "step", "metrics", "best", "seconds"])
        #expect(lines[3]["best"] == true)
        #expect(lines[6]["metrics"]?["loss"] == result.last.map { .number($0.evaluation.primaryValue) })
        #expect(lines[7].object?.map(\.key) == ["event", "step", "best_step", "metrics", "seconds"])
        #expect(lines[7]["best_step"] == result.best.map { .integer($0.step) })
    }

    @Test("The first, the last and every so many-th step get a line")
    func logInterval() throws {
        var options = toyOptions()
        options.logInterval = 4
        try train(ToyTask(), options)
        #expect(try scratch.log().filter { $0["event"] == "step" }.compactMap { $0["step"]?.integer } == [1, 4, 8, 9])
    }

    /// A task whose evaluations are these, one after the other.
    private func scored(_ values: [Double]) -> ToyTask {
        var task = ToyTask(), next = 0
        task.score = { _, _ in
            next += 1
            return Evaluation([.init("perplexity", values[next - 1])], primary: "perplexity", isHigherBetter: false)
        }
        return task
    }

    /// The parameters after so many of the steps.
    private func parameters(after steps: Int) throws -> [[UInt32]] {
        let model = ToyNetwork(seed: 1)
        var bits: [[UInt32]] = [], hooks = TrainingHooks()
        hooks.didReach = { if $0 == steps { bits = parameterBits(model) } }
        _ = try Trainer(ToyTask(), options: toyOptions()).train(model, hooks: hooks)
        return bits
    }

    @Test("The best of the models is kept, the first of equal ones, and NaN is never the best")
    func best() throws {
        let result = try train(scored([.nan, 3, 3, 5, 4])).result
        #expect(result.best?.step == 4)
        #expect(result.last?.step == 9)
        #expect(try scratch.savedBits() == parameters(after: 4))
        #expect(
            try scratch.log().filter { $0["event"] == "evaluation" }.map { $0["best"] } == [
                false, true, false, false, false,
            ])
    }

    @Test("Models before the first step that counts are not kept, however good")
    func firstBestStep() throws {
        var options = toyOptions()
        options.firstBestStep = 5
        #expect(try train(scored([1, 2, 4, 3, 5]), options).result.best?.step == 8)
        #expect(try scratch.savedBits() == parameters(after: 8))
    }

    @Test("Without evaluations, or with NaN only, the last model is kept", arguments: [false, true])
    func last(isEvaluated: Bool) throws {
        var task = scored([.nan, .nan, .nan, .nan, .nan])
        if !isEvaluated { task.score = nil }
        let (model, result) = try train(task)
        #expect(result.best == nil)
        #expect((result.last != nil) == isEvaluated)
        #expect(try scratch.savedBits() == parameterBits(model))
        #expect(try scratch.log().last?["best_step"] == .null)
    }

    // MARK: - Stopping

    @Test("A loss that is no number stops the run and keeps the checkpoint and the best model")
    func notFiniteLoss() throws {
        var task = ToyTask(), calls = 0
        task.change = { _, loss in
            calls += 1
            return calls == 10 ? loss * .nan : loss
        }
        let error = thrown(TrainingError.self) { try train(task) }
        guard case .notFinite(step: 5, let loss, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(loss.isNaN)
        #expect(try scratch.listing() == ["checkpoint.safetensors", "model.safetensors", "training.jsonl"])
        let model = ToyNetwork(seed: 2)
        let result = try Trainer(ToyTask(), options: toyOptions()).train(model, into: scratch.output(.resume))
        #expect(result.steps == 9)
        #expect(try parameterBits(model) == parameters(after: 9))
    }

    @Test("An infinite gradient of a finite loss stops the run too, and the parameter is named")
    func notFiniteGradient() {
        var task = ToyTask()
        task.change = { model, loss in
            let bias = model.head.bias.unsafelyUnwrapped
            return loss + (bias.value - bias.detached).squareRoot().sum()
        }
        let error = thrown(TrainingError.self) { try train(task) }
        guard case .notFinite(step: 1, let loss, parameter: "head.bias") = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(loss.isFinite)
        #expect(
            error?.description.contains("step 1: the loss is \(loss); the gradient of head.bias is not finite; lower")
                == true)
        #expect(!FileManager.default.fileExists(atPath: scratch.out))
    }

    @Test(
        "A run that is asked to stop says how to go on; before the first step there is nothing to keep",
        arguments: [0, 2])
    func asked(step: Int) throws {
        var hooks = TrainingHooks(), done = 0
        hooks.didReach = { done = $0 }
        hooks.shouldStop = { done == step }
        let error = thrown(TrainingError.self) { try train(hooks: hooks) }
        let expected = "training stopped after step \(step) as asked; its state is saved in \(scratch.out)"
        #expect(error?.description == expected)
        #expect(FileManager.default.fileExists(atPath: scratch.out + "/checkpoint.safetensors") == (step > 0))
        #expect(FileManager.default.fileExists(atPath: scratch.out) == (step > 0))
    }

    @Test("Without a directory nothing is written, and an early end promises nothing")
    func noOutput() {
        var hooks = TrainingHooks()
        hooks.shouldStop = { true }
        let error = thrown(TrainingError.self) {
            _ = try Trainer(ToyTask(), options: toyOptions()).train(ToyNetwork(seed: 1), hooks: hooks)
        }
        #expect(error == .interrupted(step: 0, directory: nil))
    }

    // MARK: - The directory

    @Test("A new run does not touch the directory of another, finished or not", arguments: [false, true])
    func occupiedByRun(isFinished: Bool) throws {
        if isFinished {
            try train()
        } else {
            #expect(throws: Kill.self) { try train(hooks: killed { if case .checkpoint = $0 { true } else { false } }) }
        }
        let before = (try scratch.listing(), try scratch.log())
        let error = thrown(TrainingError.self) { try train() }
        #expect(error == .directoryHoldsRun(directory: scratch.out, file: "training.jsonl"))
        #expect((try scratch.listing(), try scratch.log()) == before)
    }

    @Test(
        "A model from elsewhere is not touched, neither by a new run nor by one that should resume",
        arguments: [TrainingStart.new, .resume])
    func occupiedByModel(start: TrainingStart) throws {
        try FileManager.default.createDirectory(atPath: scratch.out, withIntermediateDirectories: false)
        try AtomicFile.write("{}", to: scratch.out + "/config.json")
        let error = thrown(TrainingError.self) { try train(ToyTask(), toyOptions(), start) }
        #expect(error == .directoryHoldsModel(directory: scratch.out, file: "config.json"))
        #expect(try scratch.listing() == ["config.json"])
    }

    @Test("Other files in the directory are in nobody's way")
    func otherFiles() throws {
        try FileManager.default.createDirectory(atPath: scratch.out, withIntermediateDirectories: false)
        try AtomicFile.write("", to: scratch.out + "/notes.txt")
        try train()
        #expect(try scratch.listing() == ["model.safetensors", "notes.txt", "training.jsonl"])
    }

    @Test("Overwriting replaces a run once the first step has succeeded, and not before")
    func overwrite() throws {
        #expect(throws: Kill.self) { try train(hooks: killed { if case .checkpoint(6) = $0 { true } else { false } }) }
        let before = (try scratch.listing(), try scratch.log())
        var failing = ToyTask()
        failing.change = { $1 * .nan }
        #expect(throws: TrainingError.self) { try train(failing, toyOptions(), .overwrite) }
        #expect((try scratch.listing(), try scratch.log()) == before)
        #expect(throws: Kill.self) {
            try train(ToyTask(), toyOptions(), .overwrite, hooks: killed { if case .step = $0 { true } else { false } })
        }
        #expect(try scratch.log().count == 2)
        #expect(try scratch.listing() == ["model.safetensors", "training.jsonl"])
        #expect(try train(ToyTask(), toyOptions(), .overwrite).result.steps == 9)
    }

    @Test("The directory is made with those above it")
    func nested() throws {
        let output = TrainingOutput<ToyNetwork>(directory: scratch.path + "/a/b/") { _, _ in }
        _ = try Trainer(ToyTask(), options: toyOptions()).train(ToyNetwork(seed: 1), into: output)
        #expect(FileManager.default.fileExists(atPath: scratch.path + "/a/b/training.jsonl"))
    }

    @Test("A place where no directory can be made is named with the system's reason")
    func badPlaces() throws {
        try AtomicFile.write("", to: scratch.path + "/file")
        for place in ["/file/out", "/file", ""] {
            let directory = place.isEmpty ? "" : scratch.path + place
            let output = TrainingOutput<ToyNetwork>(directory: directory) { _, _ in }
            let error = thrown(FileError.self) {
                _ = try Trainer(ToyTask(), options: toyOptions()).train(ToyNetwork(seed: 1), into: output)
            }
            guard case .system(directory, .createDirectory, _) = error else {
                Issue.record("'\(place)': \(String(describing: error))")
                continue
            }
            #expect(error?.description.contains("cannot create the directory") == true)
        }
    }

    #if os(Linux)
        @Test("A file system that takes no directories gives an error, also to the superuser")
        func readOnlyFileSystem() {
            let output = TrainingOutput<ToyNetwork>(directory: "/proc/self/lathe") { _, _ in }
            let error = thrown(FileError.self) {
                _ = try Trainer(ToyTask(), options: toyOptions()).train(ToyNetwork(seed: 1), into: output)
            }
            #expect(error?.path == "/proc/self/lathe")
        }
    #endif

    @Test("A model that cannot be saved stops the run with its error")
    func saveFails() {
        let output = TrainingOutput<ToyNetwork>(directory: scratch.out) { _, directory in
            throw FileError.system(path: directory, operation: .write, code: ENOSPC)
        }
        let error = thrown(FileError.self) {
            _ = try Trainer(ToyTask(), options: toyOptions()).train(ToyNetwork(seed: 1), into: output)
        }
        #expect(error?.description.contains("free some space") == true)
    }
}
