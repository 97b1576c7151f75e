import LatheNN
import Testing

@testable import LatheTraining

@Suite("Training plan")
struct TrainingPlanTests {
    @Test("Epochs count batches, the last of which may be smaller, and warm-up takes its share of all steps")
    func epochs() throws {
        var options = TrainingOptions(.epochs(3), batchSize: 32, learningRate: 2e-5)
        options.warmUp = .share(0.06)
        let plan = try options.plan(exampleCount: 67_349)
        #expect(plan.stepsPerEpoch == 2_105)
        #expect(plan.totalSteps == 6_315)
        #expect(plan.schedule == LearningRateSchedule(.linear, warmupSteps: 379, totalSteps: 6_315))
        #expect([1, 2_105, 2_106, 6_315].map(plan.epoch) == [1, 1, 2, 3])
    }

    @Test("Steps are taken as they are, be they less than an epoch or many")
    func steps() throws {
        var options = TrainingOptions(.steps(10), batchSize: 4, learningRate: 1)
        options.warmUp = .steps(10)
        #expect(try options.plan(exampleCount: 1000).totalSteps == 10)
        #expect(try options.plan(exampleCount: 5).stepsPerEpoch == 2)
        #expect(try options.plan(exampleCount: 5).schedule.warmupSteps == 10)
    }

    /// `WarmupDecayLR(optimizer, 8, 1e-3, 5e-3, 4)` of DeepSpeed 0.18.3.
    @Test("The learning rate lies between the lowest and the highest as the schedule says")
    func rates() throws {
        var options = TrainingOptions(.steps(8), batchSize: 4, learningRate: 5e-3)
        (options.warmUp, options.rise, options.lowestRate) = (.steps(4), .logarithmic, 1e-3)
        let plan = try options.plan(exampleCount: 8),
            expected: [Float] = [0.001, 0.003, 0.004169925, 0.005, 0.005, 0.004, 0.003, 0.002]
        for (step, rate) in expected.enumerated() {
            #expect(abs(options.learningRate(at: step, of: plan) - rate) < 1e-8, "step \(step)")
        }
    }

    @Test(
        "Evaluations come at their interval and at the end",
        arguments: [
            (TrainingOptions.EvaluationInterval.steps(4), [4, 8, 10]), (.epoch, [3, 6, 9, 10]), (.end, [10]),
        ])
    func evaluations(interval: TrainingOptions.EvaluationInterval, expected: [Int]) throws {
        var options = TrainingOptions(.steps(10), batchSize: 2, learningRate: 1)
        options.evaluations = interval
        let plan = try options.plan(exampleCount: 5)
        #expect((1...10).filter { options.evaluates(after: $0, of: plan) } == expected)
    }

    @Test(
        "A batch is cut into as many micro-batches as asked, of nearly equal size, and a smaller batch into no larger ones",
        arguments: [
            (8, 2, 8, [4, 4]), (8, 3, 8, [2, 3, 3]), (8, 3, 7, [2, 2, 3]), (8, 2, 3, [3]), (8, 2, 5, [2, 3]),
            (9, 4, 9, [2, 2, 2, 3]),
            (9, 4, 2, [2]), (8, 8, 3, [1, 1, 1]), (8, 1, 3, [3]),
        ])
    func microBatches(batchSize: Int, accumulation: Int, count: Int, sizes: [Int]) {
        var options = TrainingOptions(.steps(1), batchSize: batchSize, learningRate: 1)
        options.accumulation = accumulation
        let parts = options.microBatches(of: Array(10..<10 + count))
        #expect(parts.map(\.count).sorted() == sizes)
        #expect(parts.flatMap { $0 } == Array(10..<10 + count))
    }

    @Test("Everything out of range is listed with the option's name")
    func ranges() {
        var options = TrainingOptions(.epochs(0), batchSize: 4, learningRate: .nan)
        options.accumulation = 5
        options.warmUp = .share(1.5)
        options.lowestRate = -1
        options.weightDecay = -1
        options.gradientClip = 0
        options.course = .cosine(cycles: 0)
        options.method = .sgd(momentum: 0, isNesterov: true)
        options.evaluations = .steps(0)
        options.checkpoints = .steps(-1)
        options.logInterval = .max
        let error = #expect(throws: TrainingOptionsError.self) { try options.plan(exampleCount: 0) }
        #expect(
            error?.description == """
                examples: expected an integer in 1...1000000000, got 0
                epochs: expected an integer in 1...1000000000, got 0
                accumulation: expected an integer in 1...4, the batch size, got 5
                learning_rate: expected a number above 0, got nan
                schedule.cycles: expected a number above 0, got 0.0
                warmup_share: expected a number in 0...1, got 1.5
                lowest_learning_rate: expected a number of at least 0, and at most the learning rate, got -1.0
                weight_decay: expected a number of at least 0, got -1.0
                optimizer.momentum: expected a number above 0 for Nesterov's method, got 0.0
                gradient_clip: expected a number above 0, got 0.0
                evaluations: expected an integer in 1...1000000000, got 0
                checkpoints: expected an integer in 1...1000000000, got -1
                log_interval: expected an integer in 1...1000000000, got 9223372036854775807
                """)
    }

    @Test("Adam's constants are checked too")
    func adam() {
        var options = TrainingOptions(.steps(1), batchSize: 1, learningRate: 1)
        options.method = .adamW(.init(beta1: 1, beta2: -0.1, epsilon: 0))
        let error = #expect(throws: TrainingOptionsError.self) { try options.plan(exampleCount: 1) }
        #expect(error?.problems.map(\.option) == ["optimizer.beta1", "optimizer.beta2", "optimizer.epsilon"])
    }

    @Test("What must happen within the training is checked against its steps")
    func withinTraining() {
        var options = TrainingOptions(.epochs(2), batchSize: 4, learningRate: 1)
        options.warmUp = .steps(5)
        options.firstBestStep = 6
        let error = #expect(throws: TrainingOptionsError.self) { try options.plan(exampleCount: 8) }
        #expect(
            error?.problems == [
                .init(option: "warmup_steps", expected: "an integer in 0...4", got: "5"),
                .init(option: "first_best_step", expected: "an integer in 0...4", got: "6"),
            ])
    }

    @Test("A warm-up that a config gives may be longer than training")
    func longWarmUp() throws {
        var options = TrainingOptions(.steps(4), batchSize: 4, learningRate: 1)
        (options.warmUp, options.allowsLongWarmUp) = (.steps(8), true)
        let plan = try options.plan(exampleCount: 8)
        #expect((0..<4).map { options.learningRate(at: $0, of: plan) } == [0, 0.125, 0.25, 0.375])
    }

    @Test("A warm-up may begin at a share of the rate, while a course falls to another")
    func warmupStart() throws {
        var options = TrainingOptions(.steps(8), batchSize: 4, learningRate: 1)
        (options.warmUp, options.warmupStart, options.lowestRate) = (.steps(4), 0, 0.5)
        let plan = try options.plan(exampleCount: 8)
        #expect((0..<8).map { options.learningRate(at: $0, of: plan) } == [0, 0.25, 0.5, 0.75, 1, 0.875, 0.75, 0.625])
    }

    @Test("The momentum follows a cycle, and stays in other schedules")
    func momentum() {
        var options = TrainingOptions(.steps(8), batchSize: 4, learningRate: 1)
        #expect(options.betas(at: 3) == nil)
        options.course = .oneCycle(.init(firstSteps: 4, momentum: .init()))
        #expect(options.betas(at: 4)?.0 == 0.8)
        #expect(options.betas(at: 4)?.1 == 0.99)
    }

    @Test("The constants of Lamb, Lion and Adagrad are checked too")
    func otherConstants() {
        func problems(_ method: TrainingOptions.Method) -> [String]? {
            var options = TrainingOptions(.steps(1), batchSize: 1, learningRate: 1)
            options.method = method
            return (#expect(throws: TrainingOptionsError.self) { try options.plan(exampleCount: 1) })?.problems.map(
                \.option)
        }
        var lamb = Lamb.Constants(adam: Adam.Constants(beta1: 1))
        (lamb.leastTrust, lamb.largestTrust) = (2, 1)
        #expect(problems(.lamb(lamb)) == ["optimizer.beta1", "optimizer.largest_trust"])
        #expect(problems(.lion(beta1: 0.9, beta2: 1)) == ["optimizer.beta2"])
        #expect(
            problems(.adagrad(.init(epsilon: 0, rateDecay: -1))) == [
                "optimizer.epsilon", "optimizer.rate_decay",
            ])
    }

    @Test("The largest counts do not overflow")
    func largest() throws {
        let options = TrainingOptions(.epochs(1_000_000_000), batchSize: 1, learningRate: 1)
        #expect(try options.plan(exampleCount: 1_000_000_000).totalSteps == 1_000_000_000_000_000_000)
    }
}
