import Foundation
import LatheCheckpoints
import LatheFiles
import LatheNN
import LathePacking
import LatheTensor
import LatheTestFiles
import LatheTraining
import Testing

@Suite("Resuming a training run")
struct ResumeTests {
    /// Where a run ends too early.
    enum Ending: CaseIterable {
        case beforeCheckpoint, afterCheckpoint, whileSaving, asked
    }

    /// What is left of a run.
    private struct Outcome: Equatable {
        let parameters: [[UInt32]]
        let saved: [[UInt32]]
        let best: EvaluatedStep?
        let log: [JSONValue]
        let files: [String]
    }

    private static func options(_ precision: Precision) -> TrainingOptions {
        var options = toyOptions()
        options.precision = precision
        options.seed = .max
        return options
    }

    private static func outcome(_ model: ToyNetwork, _ result: TrainingResult, _ scratch: ScratchDirectory) throws
        -> Outcome
    {
        try Outcome(
            parameters: parameterBits(model), saved: scratch.savedBits(), best: result.best, log: scratch.timelessLog(),
            files: scratch.listing())
    }

    /// Trains without a break.
    private static func uninterrupted(_ options: TrainingOptions) throws -> Outcome {
        let scratch = try ScratchDirectory(), model = ToyNetwork(seed: 1)
        let result = try Trainer(ToyTask(), options: options).train(model, into: scratch.output())
        return try outcome(model, result, scratch)
    }

    /// Trains until `ending` at `step`.
    /// - Returns: whether the run did end there.
    private static func interrupt(
        _ trainer: Trainer<ToyTask>, _ ending: Ending, at step: Int, _ scratch: ScratchDirectory
    ) -> Bool {
        var hooks = TrainingHooks(), output = scratch.output(), done = 0
        hooks.didReach = { done = $0 }
        hooks.observe = { event in
            switch (ending, event) {
            case (.beforeCheckpoint, .step(let progress)) where progress.step == step: throw Kill()
            case (.afterCheckpoint, .checkpoint(step: step)): throw Kill()
            default: break
            }
        }
        hooks.shouldStop = { ending == .asked && done == step }
        output.saveModel = { [save = output.saveModel] model, directory in
            try save(model, directory)
            if ending == .whileSaving, done == step { throw Kill() }
        }
        do {
            _ = try trainer.train(ToyNetwork(seed: 1), into: output, hooks: hooks)
            return false
        } catch {
            return error is Kill || error as? TrainingError == .interrupted(step: step, directory: scratch.out)
        }
    }

    @Test(
        "Wherever a run ends, it resumes to the very same parameters, best model and log",
        .tags(.slow), .unlessQuick, arguments: Ending.allCases,
        Precision.allCases)
    func everyStep(ending: Ending, precision: Precision) throws {
        let trainer = try Trainer(ToyTask(), options: Self.options(precision))
        let expected = try Self.uninterrupted(trainer.options)
        #expect(expected.files == ["model.safetensors", "training.jsonl"])
        #expect(expected.log.count == 1 + 9 + 5 + 1)
        var endings = 0
        for step in 0..<trainer.plan.totalSteps {
            let scratch = try ScratchDirectory(), model = ToyNetwork(seed: 2)
            guard Self.interrupt(trainer, ending, at: step, scratch) else { continue }
            endings += 1
            // Without a checkpoint the run begins anew, with the weights that it began with.
            let hasCheckpoint = FileManager.default.fileExists(atPath: scratch.out + "/checkpoint.safetensors")
            let resumed = hasCheckpoint ? model : ToyNetwork(seed: 1)
            let result = try trainer.train(resumed, into: scratch.output(.resume))
            #expect(try Self.outcome(resumed, result, scratch) == expected, "ended at step \(step)")
        }
        #expect(endings >= 2)
    }

    @Test("A run that is stopped after every single step arrives at the same numbers")
    func manyBreaks() throws {
        let trainer = try Trainer(ToyTask(), options: Self.options(.float32)), scratch = try ScratchDirectory()
        for step in 1..<trainer.plan.totalSteps {
            var hooks = TrainingHooks(), done = 0
            hooks.didReach = { done = $0 }
            hooks.shouldStop = { done == step }
            let error = thrown(TrainingError.self) {
                _ = try trainer.train(
                    ToyNetwork(seed: step == 1 ? 1 : 7), into: scratch.output(step == 1 ? .new : .resume), hooks: hooks)
            }
            #expect(error == .interrupted(step: step, directory: scratch.out))
        }
        let model = ToyNetwork(seed: 8)
        let result = try trainer.train(model, into: scratch.output(.resume))
        #expect(try Self.outcome(model, result, scratch) == Self.uninterrupted(trainer.options))
        #expect(result.steps == 9)
    }

    @Test("A process that is killed leaves a run that resumes")
    func killedProcess() async throws {
        let scratch = try ScratchDirectory(), model = ToyNetwork(seed: 2)
        await #expect(processExitsWith: .signal(SIGKILL)) { [out = scratch.out as String] in
            var hooks = TrainingHooks()
            hooks.observe = { if case .step(let progress) = $0, progress.step == 8 { kill(getpid(), SIGKILL) } }
            let output = TrainingOutput<ToyNetwork>(directory: out) {
                try ModuleFile.save($0, to: $1 + "/model.safetensors")
            }
            _ = try Trainer(ToyTask(), options: Self.options(.float32)).train(
                ToyNetwork(seed: 1), into: output, hooks: hooks)
        }
        #expect(try scratch.log().count == 1 + 8 + 3)
        let trainer = try Trainer(ToyTask(), options: Self.options(.float32))
        let result = try trainer.train(model, into: scratch.output(.resume))
        #expect(try Self.outcome(model, result, scratch) == Self.uninterrupted(trainer.options))
    }

    @Test("A model from before the break stays the best when none after it is better")
    func earlierBest() throws {
        var task = ToyTask()
        // The loss falls, so the first evaluation is the best of these.
        task.score = { loss, _ in Evaluation([.init("loss", loss), .init("none", .nan)], primary: "loss") }
        let trainer = try Trainer(task, options: toyOptions()), scratch = try ScratchDirectory()
        #expect(Self.interrupt(trainer, .asked, at: 5, scratch))
        let saved = try scratch.savedBits()
        #expect(try trainer.train(ToyNetwork(seed: 2), into: scratch.output(.resume)).best?.step == 2)
        #expect(try scratch.savedBits() == saved)
    }

    @Test(
        "Each schedule resumes, with its momentum",
        arguments: [
            LearningRateSchedule.Course.oneCycle(
                LearningRateSchedule.OneCycle(
                    firstSteps: 3, decayRate: 1, decaySteps: 1, lowestShare: 0.1, momentum: .init())),
            .rangeTest(.init(stepSize: 2)), .cosineToShare(0.1),
        ])
    func schedules(course: LearningRateSchedule.Course) throws {
        var options = Self.options(.float32)
        options.course = course
        let trainer = try Trainer(ToyTask(), options: options), scratch = try ScratchDirectory(),
            model = ToyNetwork(seed: 2)
        #expect(Self.interrupt(trainer, .asked, at: 5, scratch))
        let result = try trainer.train(model, into: scratch.output(.resume))
        #expect(try Self.outcome(model, result, scratch) == Self.uninterrupted(options))
    }

    @Test(
        "Each optimizer resumes",
        arguments: [
            TrainingOptions.Method.adam(), .sgd(), .sgd(momentum: 0), .lamb(), .lion(),
            .adagrad(.init(initialSum: 0.1)),
        ])
    func methods(method: TrainingOptions.Method) throws {
        var options = Self.options(.float32)
        options.method = method
        let trainer = try Trainer(ToyTask(), options: options), scratch = try ScratchDirectory(),
            model = ToyNetwork(seed: 2)
        #expect(Self.interrupt(trainer, .asked, at: 5, scratch))
        let result = try trainer.train(model, into: scratch.output(.resume))
        #expect(try Self.outcome(model, result, scratch) == Self.uninterrupted(options))
    }

    @Test("A resumed run says where it begins, and calls the hook for that step before all else")
    func start() throws {
        let trainer = try Trainer(ToyTask(), options: toyOptions()), scratch = try ScratchDirectory()
        #expect(Self.interrupt(trainer, .asked, at: 5, scratch))
        var heard: [String] = [], hooks = TrainingHooks()
        hooks.didReach = { heard.append("reached \($0)") }
        hooks.observe = { if case .started(_, let step) = $0 { heard.append("started at \(step)") } }
        _ = try trainer.train(ToyNetwork(seed: 2), into: scratch.output(.resume), hooks: hooks)
        #expect(heard == ["reached 5", "started at 5", "reached 6", "reached 7", "reached 8", "reached 9"])
    }

    @Test("A checkpoint that was half written does not count, and its remains are removed")
    func halfWritten() throws {
        let trainer = try Trainer(ToyTask(), options: toyOptions()), scratch = try ScratchDirectory(),
            model = ToyNetwork(seed: 2)
        #expect(Self.interrupt(trainer, .asked, at: 5, scratch))
        let remains = scratch.out + "/.lathe-1a2b3c.tmp"
        try Data(contentsOf: URL(fileURLWithPath: scratch.out + "/checkpoint.safetensors")).prefix(500).write(
            to: URL(fileURLWithPath: remains))
        let result = try trainer.train(model, into: scratch.output(.resume))
        #expect(try Self.outcome(model, result, scratch) == Self.uninterrupted(trainer.options))
    }

    @Test("What a killed process had begun to write into the log is cut off")
    func cutLine() throws {
        let trainer = try Trainer(ToyTask(), options: toyOptions()), scratch = try ScratchDirectory(),
            model = ToyNetwork(seed: 2)
        #expect(Self.interrupt(trainer, .asked, at: 5, scratch))
        let log = try LineFile(continuing: scratch.out + "/training.jsonl", after: 10_000)
        try log.write(#"{"event":"en"#)
        let error = thrown(TrainingError.self) { _ = try trainer.train(model, into: scratch.output(.resume)) }
        #expect(error == nil)
        #expect(try scratch.timelessLog() == Self.uninterrupted(trainer.options).log)
    }

    @Test("A checkpoint is refused by a run that differs, and the differences are named")
    func differentRun() throws {
        let trainer = try Trainer(ToyTask(), options: toyOptions()), scratch = try ScratchDirectory(),
            model = ToyNetwork(seed: 2)
        #expect(Self.interrupt(trainer, .asked, at: 5, scratch))
        var options = toyOptions(.steps(12))
        options.learningRate = 0.5
        options.method = .adamW(.init(beta2: 0.5))
        model.head = Linear(inputs: 4, outputs: 2, hasBias: false)
        model.convolution = Conv2d(channels: 1, outputs: 4, kernelSize: 1, hasBias: false)
        let before = parameterBits(model), log = try scratch.log()
        let error = thrown(TrainingError.self) {
            _ = try Trainer(ToyTask(identity: "spots", exampleCount: 24), options: options).train(
                model, into: scratch.output(.resume))
        }
        #expect(
            error?.description == """
                \(scratch.out)/checkpoint.safetensors: belongs to another training run:
                  task: "stripes" in the checkpoint, "spots" now
                  examples: 23 in the checkpoint, 24 now
                  options.epochs: 3 in the checkpoint, nothing now
                  options.learning_rate: 0.02 in the checkpoint, 0.5 now
                  options.optimizer.beta2: 0.999 in the checkpoint, 0.5 now
                  options.steps: nothing in the checkpoint, 12 now
                  parameters.convolution.weight: [4,1,3,3] in the checkpoint, [4,1,1,1] now
                  parameters.head.bias: [2] in the checkpoint, nothing now
                give the arguments that it began with, or replace it
                """)
        #expect(error?.cures == [.replaceOutput])
        #expect(parameterBits(model) == before)
        #expect(try scratch.log() == log)
    }

    @Test("How often checkpoints are written may change")
    func otherCadence() throws {
        let scratch = try ScratchDirectory()
        var options = toyOptions()
        #expect(Self.interrupt(try Trainer(ToyTask(), options: options), .asked, at: 5, scratch))
        options.checkpoints = .adaptive
        #expect(
            try Trainer(ToyTask(), options: options).train(ToyNetwork(seed: 2), into: scratch.output(.resume)).steps
                == 9)
    }

    @Test("Files that are not what was written are named")
    func damaged() throws {
        let trainer = try Trainer(ToyTask(), options: toyOptions()), scratch = try ScratchDirectory()
        #expect(Self.interrupt(trainer, .asked, at: 5, scratch))
        let checkpoint = scratch.out + "/checkpoint.safetensors", log = scratch.out + "/training.jsonl"
        func failure() -> String {
            do {
                _ = try trainer.train(ToyNetwork(seed: 2), into: scratch.output(.resume))
                return "none"
            } catch {
                return "\(error)"
            }
        }
        let size = try Data(contentsOf: URL(fileURLWithPath: log)).count
        try AtomicFile.write("{}\n", to: log)
        #expect(
            failure()
                == "\(log): has 3 bytes, and the checkpoint knows \(size); the run cannot be resumed from here; replace it"
        )
        try SafetensorsWriter(metadata: ["format": "pt"]).write(to: checkpoint)
        #expect(failure().hasPrefix("\(checkpoint): is not the checkpoint of a training run;"))
        try AtomicFile.write("x", to: checkpoint)
        #expect(failure().contains(checkpoint))
    }

    @Test(
        "A checkpoint that says what cannot be is refused",
        arguments: [
            ("\"step\":5", "\"step\":-5"), ("\"step\":5", "\"step\":999"),
            ("\"block\":[0-9]+", "\"block\":18446744073709551615"),
            ("\"logByteCount\":[0-9]+", "\"logByteCount\":-1"), ("\"seconds\":[0-9.e-]+", "\"seconds\":\"nan\""),
            ("\"head.bias\":5", "\"head.bias\":9223372036854775807"),
        ])
    func impossibleState(_ pattern: String, _ replacement: String) throws {
        let trainer = try Trainer(ToyTask(), options: toyOptions()), scratch = try ScratchDirectory()
        #expect(Self.interrupt(trainer, .asked, at: 5, scratch))
        let path = scratch.out + "/checkpoint.safetensors", file = try SafetensorsFile(path: path)
        var metadata = file.metadata
        let state = try #require(metadata["lathe.training_state"])
        metadata["lathe.training_state"] = state.replacingOccurrences(
            of: pattern, with: replacement, options: .regularExpression)
        #expect(metadata["lathe.training_state"] != state, "\(state)")
        var writer = SafetensorsWriter(metadata: metadata)
        for name in file.names { writer.add(name, try file.tensor(name)) }
        try writer.write(to: path)
        let error = thrown(TrainingError.self) {
            _ = try trainer.train(ToyNetwork(seed: 2), into: scratch.output(.resume))
        }
        #expect(
            error?.description.contains("that a run of 9 steps cannot have") == true, "\(String(describing: error))")
    }

    @Test("A finished run does not resume, and what it may have left is removed")
    func finished() throws {
        let trainer = try Trainer(ToyTask(), options: toyOptions()), scratch = try ScratchDirectory()
        _ = try trainer.train(ToyNetwork(seed: 1), into: scratch.output(.resume))
        try SafetensorsWriter().write(to: scratch.out + "/checkpoint.safetensors")
        let error = thrown(TrainingError.self) {
            _ = try trainer.train(ToyNetwork(seed: 1), into: scratch.output(.resume))
        }
        #expect(error == .alreadyFinished(directory: scratch.out))
        #expect(try scratch.listing() == ["model.safetensors", "training.jsonl"])
    }
}
