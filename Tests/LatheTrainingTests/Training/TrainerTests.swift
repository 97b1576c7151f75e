import LatheNN
import LatheTensor
import Testing

@testable import LatheTraining

/// A network without batch normalisation and dropout, so that the parts of a batch do not depend on each other.
private final class Perceptron: Module {
    @Child("hidden") var hidden: Linear
    @Child("output") var output: Linear

    init() {
        (hidden, output) = withRandomSource(RandomSource(seed: 4)) {
            (Linear(inputs: 6, outputs: 9), Linear(inputs: 9, outputs: 1))
        }
    }
}

/// Fitting sines.
private struct SineTask: TrainingTask {
    let identity = "sines"
    var exampleCount = 7

    func loss(of model: Perceptron, on examples: [Int], random: inout SplitMix64) -> Tensor {
        let inputs = examples.flatMap { example in (0..<6).map { place in Float((example * 5 + place * 3) % 11) } }
        let targets = examples.map { Float(($0 * 3) % 5) - 2 }
        let hidden = model.hidden(Tensor(inputs, shape: [examples.count, 6]) / 5 - 1, activation: .tanh)
        return (model.output(hidden) - Tensor(targets, shape: [examples.count, 1])).squared().mean()
    }
}

@Suite("Trainer")
struct TrainerTests {
    @Test("Any number of micro-batches steps like the whole batch", arguments: [2, 3, 4, 7])
    func accumulation(count: Int) throws {
        func losses(_ accumulation: Int) throws -> [Float] {
            var options = TrainingOptions(.steps(6), batchSize: 7, learningRate: 0.1)
            options.accumulation = accumulation
            options.method = .sgd(momentum: 0.9)
            options.warmUp = .steps(0)
            var losses: [Float] = [], hooks = TrainingHooks()
            hooks.observe = { if case .step(let progress) = $0 { losses.append(progress.loss) } }
            _ = try Trainer(SineTask(), options: options).train(Perceptron(), hooks: hooks)
            return losses
        }
        let whole = try losses(1), parts = try losses(count)
        #expect(whole[5] < 0.9 * whole[0])
        for (part, whole) in zip(parts, whole) { #expect(abs(part - whole) <= 1e-5 * whole, "\(parts)") }
    }

    @Test(
        "Training learns the toy task with each optimizer",
        arguments: [
            (TrainingOptions.Method.adamW(), Float(0.02)), (.adam(), 0.02),
            (.sgd(momentum: 0.9, isNesterov: true), 0.1),
        ])
    func learning(method: TrainingOptions.Method, learningRate: Float) throws {
        var options = toyOptions(.epochs(25))
        options.evaluations = .epoch
        (options.method, options.learningRate) = (method, learningRate)
        let result = try Trainer(ToyTask(), options: options).train(ToyNetwork(seed: 1))
        #expect(result.steps == 75)
        #expect(result.last?.evaluation["accuracy"] == 1)
        #expect(result.last?.step == 75)
        #expect((result.best?.evaluation.primaryValue ?? 9) <= (result.last?.evaluation.primaryValue ?? 0))
    }

    @Test("One and two threads train to the same bits")
    func threads() async {
        // In a process of its own, since the number of threads is a setting of the whole process.
        await #expect(processExitsWith: .success) {
            for precision in Precision.allCases {
                let results = try [1, 2].map { count in
                    Kernels.threadCount = count
                    let model = ToyNetwork(seed: 1)
                    var options = toyOptions()
                    options.precision = precision
                    _ = try Trainer(ToyTask(), options: options).train(model)
                    return parameterBits(model)
                }
                #expect(results[0] == results[1])
            }
        }
    }

    @Test("The rate follows the schedule, and epochs and steps are counted from 1")
    func progress() throws {
        var options = toyOptions()
        options.warmUp = .steps(4)
        var seen: [TrainingEvent.Progress] = [], hooks = TrainingHooks()
        hooks.observe = { if case .step(let progress) = $0 { seen.append(progress) } }
        _ = try Trainer(ToyTask(), options: options).train(ToyNetwork(seed: 1), hooks: hooks)
        #expect(seen.map(\.step) == Array(1...9))
        #expect(seen.map(\.epoch) == [1, 1, 1, 2, 2, 2, 3, 3, 3])
        let factors: [Float] = [0, 0.25, 0.5, 0.75, 1, 0.8, 0.6, 0.4, 0.2]
        #expect(zip(seen, factors).allSatisfy { abs($0.learningRate - 0.02 * $1) < 1e-8 })
        #expect(seen.allSatisfy { $0.totalSteps == 9 && $0.gradientNorm > 0 && $0.examplesPerSecond > 0 })
    }

    @Test("Lengths bring examples of like length together")
    func lengths() throws {
        let task = ToyTask(lengths: (0..<23).map { $0 % 3 })
        let plan = try toyOptions().plan(exampleCount: 23)
        var order = ExampleOrder(task, toyOptions(), plan)
        let batches = (0..<3).map { order.examples(of: $0) }
        #expect(batches.flatMap { $0 }.sorted() == Array(0..<23))
        #expect(batches.allSatisfy { Set($0.map { $0 % 3 }).count <= 2 })
        #expect(order.examples(of: 3) != batches[0])
    }

    @Test("How often a model is evaluated changes nothing in its training")
    func evaluationInterval() throws {
        let results = try [TrainingOptions.EvaluationInterval.end, .steps(1)].map { interval in
            let model = ToyNetwork(seed: 1)
            var options = toyOptions()
            options.evaluations = interval
            _ = try Trainer(ToyTask(), options: options).train(model)
            return parameterBits(model)
        }
        #expect(results[0] == results[1])
    }

    @Test("A hook hears of each step before anything else uses the model")
    func didReach() throws {
        var heard: [String] = []
        var hooks = TrainingHooks()
        hooks.didReach = { heard.append("reached \($0)") }
        hooks.observe = { event in
            switch event {
            case .started: heard.append("started")
            case .step(let progress): heard.append("step \(progress.step)")
            case .evaluation(let evaluated, _): heard.append("evaluation \(evaluated.step)")
            case .checkpoint(let step): heard.append("checkpoint \(step)")
            }
        }
        _ = try Trainer(ToyTask(), options: toyOptions(.steps(2))).train(ToyNetwork(seed: 1), hooks: hooks)
        #expect(heard == ["reached 0", "started", "reached 1", "step 1", "reached 2", "step 2", "evaluation 2"])
    }

    @Test("After the first step, training with accumulated gradients asks the system for nothing")
    func memory() async {
        // A process of its own: nothing else uses the pool there.
        await #expect(processExitsWith: .success) {
            var options = toyOptions(.steps(5))
            (options.batchSize, options.accumulation, options.evaluations) = (12, 3, .end)
            var task = ToyTask(exampleCount: 24)
            task.score = nil
            var allocations: [Int] = [], hooks = TrainingHooks()
            hooks.observe = {
                if case .step = $0 { allocations.append(MemoryPool.shared.statistics.systemAllocations) }
            }
            _ = try Trainer(task, options: options).train(ToyNetwork(seed: 1), hooks: hooks)
            #expect(allocations.count == 5 && Set(allocations).count == 1, "\(allocations)")
        }
    }
}
