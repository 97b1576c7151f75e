import ArgumentParser
import LatheCompression
import LatheNN
import LatheTraining

/// How to train.
struct TrainingFlags: ParsableArguments {
    enum Schedule: String, CaseIterable, ExpressibleByArgument {
        case linear, cosine, constant
    }

    enum Method: String, CaseIterable, ExpressibleByArgument {
        case adamw, adam, sgd, lamb, lion, adagrad
    }

    enum Arithmetic: String, CaseIterable, ExpressibleByArgument {
        case fp32, bf16
    }

    @Option(help: "How often to go through all examples. (default: 3; 30 for digits and cifar10)")
    var epochs: Int?

    @Option(help: "Steps to take, in place of --epochs.")
    var steps: Int?

    @Option(
        name: .customLong("train-tokens"),
        help: "Steps to take until so many tokens are trained on (task lm), in place of --epochs.")
    var trainTokens: Int?

    @Option(help: "Examples in a step. (default: 32; 8 for lm, 64 for digits, 128 for cifar10)")
    var batch: Int?

    @Option(help: "Parts in which a step's examples are computed, for less memory. (default: 1)")
    var accumulation: Int?

    @Option(
        name: .customLong("learning-rate"),
        help: "The learning rate after warm-up. (default: 5e-5; 1e-3 for digits and cifar10)")
    var learningRate: Float?

    @Option(help: "How the learning rate goes on after warm-up. (default: linear)")
    var schedule: Schedule?

    @Option(
        help: "The share of the steps in which the learning rate rises, or, from 1 on, their number. (default: 0.1)")
    var warmup: Double?

    @Option(
        name: .customLong("warmup-tokens"),
        help: "The tokens in which the learning rate rises (task lm), in place of --warmup.")
    var warmupTokens: Int?

    @Option(
        name: .customLong("min-lr"),
        help: "The learning rate at the end of a course that falls; the warm-up begins at 0. (default: 0)")
    var lowestRate: Float?

    @Option(name: .customLong("adam-beta1"), help: "How slowly Adam's mean of gradients changes. (default: 0.9)")
    var adamBeta1: Float?

    @Option(name: .customLong("adam-beta2"), help: "How slowly Adam's mean of squares changes. (default: 0.999)")
    var adamBeta2: Float?

    @Option(name: .customLong("adam-eps"), help: "What Adam adds to the root of the mean square. (default: 1e-8)")
    var adamEpsilon: Float?

    @Option(
        name: .customLong("weight-decay"),
        help: "Pulls weights towards zero; biases and normalisation weights are exempt. (default: 0.01)")
    var weightDecay: Float?

    @Option(help: "The largest norm of all gradients together; 0 for any. (default: 1)")
    var clip: Float?

    @Option(help: "How gradients change parameters; sgd has a momentum of 0.9. (default: adamw)")
    var optimizer: Method?

    @Option(help: "The arithmetic of matrix products. (default: fp32)")
    var precision: Arithmetic?

    @Flag(
        name: .customLong("no-augment"),
        help: "Show images as they are, and do not shift, crop or mirror them at random.")
    var showsImagesAsTheyAre = false

    @Option(help: "Decides the order of examples, dropout and fresh weights.")
    var seed: UInt64 = 42

    @Option(name: .customLong("eval-steps"), help: "Measure every so many steps. (default: after each epoch)")
    var evaluationSteps: Int?

    @Option(
        name: .customLong("checkpoint-steps"),
        help: "Keep what --resume needs every so many steps. (default: often enough, at little cost)")
    var checkpointSteps: Int?

    @Option(name: .customLong("log-steps"), help: "A line in training.jsonl every so many steps.")
    var logSteps = 10

    func validate() throws {
        let durations = [("--epochs", epochs), ("--steps", steps), ("--train-tokens", trainTokens)].filter {
            $0.1 != nil
        }.map(\.0)
        if durations.count > 1 {
            throw ValidationError("\(durations[0]) and \(durations[1]) contradict each other; give one of them.")
        }
        if warmup != nil, warmupTokens != nil {
            throw ValidationError("--warmup and --warmup-tokens contradict each other; give one of them.")
        }
        for case (let option, let count?) in [("--train-tokens", trainTokens), ("--warmup-tokens", warmupTokens)] {
            try BenchOptions.check(count, in: 1...1_000_000_000_000_000, option)
        }
        let counts = [
            ("--epochs", epochs), ("--steps", steps), ("--batch", batch), ("--accumulation", accumulation),
            ("--eval-steps", evaluationSteps),
            ("--checkpoint-steps", checkpointSteps), ("--log-steps", logSteps),
        ]
        for case (let option, let count?) in counts { try BenchOptions.check(count, in: 1...1_000_000_000, option) }
        if let learningRate, !(learningRate > 0 && learningRate.isFinite) {
            throw ValidationError("--learning-rate takes a number above 0, got \(learningRate).")
        }
        let numbers = [
            ("--warmup", warmup), ("--weight-decay", weightDecay.map(Double.init)), ("--clip", clip.map(Double.init)),
            ("--min-lr", lowestRate.map(Double.init)),
        ]
        for case (let option, let value?) in numbers where !(value >= 0 && value.isFinite) {
            throw ValidationError("\(option) takes a number of at least 0, got \(value).")
        }
    }

    /// The options for `task`, whose defaults differ: what flags say, then what `config` says, then the defaults.
    func options(for task: TaskName, _ config: DeepSpeedConfig? = nil) throws -> TrainingOptions {
        let defaults: (epochs: Int, batch: Int, rate: Float) =
            switch task {
            case .text: (3, 32, 5e-5)
            case .languageModeling, .lambada: (3, 8, 5e-5)
            case .digits: (30, 64, 1e-3)
            case .cifar10: (30, 128, 1e-3)
            }
        var options = TrainingOptions(
            steps.map { .steps($0) } ?? .epochs(epochs ?? defaults.epochs), batchSize: defaults.batch,
            learningRate: defaults.rate)
        config?.apply(to: &options)
        if let batch {
            options.batchSize = batch
            // The parts stay as small as the config has them.
            options.accumulation = config?.batch.map { (batch + $0.micro - 1) / $0.micro } ?? 1
        }
        if let accumulation { options.accumulation = accumulation }
        if let learningRate { options.learningRate = learningRate }
        if let schedule { options.course = schedule.course }
        if let warmup { options.warmUp = warmup < 1 ? .share(warmup) : .steps(Int(min(warmup, 1e12))) }
        if let trainTokens { options.duration = .tokens(trainTokens) }
        if let warmupTokens { options.warmUp = .tokens(warmupTokens) }
        if let lowestRate { (options.lowestRate, options.warmupStart) = (lowestRate, 0) }
        if let weightDecay { options.weightDecay = weightDecay }
        if let clip { options.gradientClip = clip == 0 ? nil : clip }
        if let optimizer { options.method = optimizer.method }
        if let changed = try adamConstants(of: options.method) { options.method = changed }
        if let precision { options.precision = precision == .bf16 ? .bfloat16 : .float32 }
        options.seed = seed
        options.evaluations = evaluationSteps.map { .steps($0) } ?? .epoch
        options.checkpoints = checkpointSteps.map { .steps($0) } ?? .adaptive
        options.logInterval = logSteps
        return options
    }
}

extension TrainingFlags {
    /// The method with the constants that flags give; `nil` where none does.
    fileprivate func adamConstants(of method: TrainingOptions.Method) throws -> TrainingOptions.Method? {
        let flags = [("--adam-beta1", adamBeta1), ("--adam-beta2", adamBeta2), ("--adam-eps", adamEpsilon)]
        guard let given = flags.first(where: { $0.1 != nil })?.0 else { return nil }
        func changed(_ constants: Adam.Constants) -> Adam.Constants {
            Adam.Constants(
                beta1: adamBeta1 ?? constants.beta1, beta2: adamBeta2 ?? constants.beta2,
                epsilon: adamEpsilon ?? constants.epsilon)
        }
        switch method {
        case .adamW(let constants): return .adamW(changed(constants))
        case .adam(let constants): return .adam(changed(constants))
        case .lamb(var constants):
            constants.adam = changed(constants.adam)
            return .lamb(constants)
        case .sgd, .lion, .adagrad: throw ValidationError("\(given) goes with the optimizers adamw, adam and lamb.")
        }
    }
}

extension TrainingFlags.Schedule {
    fileprivate var course: LearningRateSchedule.Course {
        switch self {
        case .linear: .linear
        case .cosine: .cosine(cycles: 0.5)
        case .constant: .constant
        }
    }
}

extension TrainingFlags.Method {
    fileprivate var method: TrainingOptions.Method {
        switch self {
        case .adamw: .adamW()
        case .adam: .adam()
        case .sgd: .sgd()
        case .lamb: .lamb()
        case .lion: .lion()
        case .adagrad: .adagrad()
        }
    }
}
