import Foundation
import LatheNN
import LatheTensor
import LatheTraining

/// A network of one layer, which training does not have to improve.
private final class TinyNetwork: Module {
    @Child("head") var head: Linear
    private let dropout = Dropout(rate: 0.2)

    init() { head = Linear(inputs: 3, outputs: 2) }

    func callAsFunction(_ input: Tensor) -> Tensor { head(dropout(input)) }
}

private struct TinyTask: TrainingTask {
    let identity = "tiny"
    let exampleCount = 6

    func loss(of model: TinyNetwork, on examples: [Int], random: inout SplitMix64) -> Tensor {
        let values = examples.flatMap { example -> [Float] in [Float(example), 1, Float(random.integer(below: 10))] }
        return model(Tensor(values, shape: [examples.count, 3])).crossEntropy(Tensor(examples.map { Int32($0 % 2) }))
    }

    func evaluate(_ model: TinyNetwork) -> Evaluation? {
        Evaluation(
            [.init("loss", Double(model(.zeros([1, 3])).crossEntropy(Tensor([0 as Int32])).scalar))], primary: "loss",
            isHigherBetter: false)
    }
}

/// The reader of an interrupted run's directory, which a resumed one goes on in.
func trainingReaders() throws -> [FuzzReader] {
    let scratch = try Scratch()
    let seeds = try [TrainingOptions.Method.adamW(), .sgd()].map {
        try interruptedRun($0, scratch.path($0 == .sgd() ? "sgd" : "adamw"))
    }
    let tokens = [
        "lathe.training_state", "step", "block", "updates", "best", "logByteCount", "\\\"nan\\\"", "-1", "1e300",
        "18446744073709551615", "9223372036854775807",
    ]
    return [
        FuzzReader("resume", seeds: seeds, tokens: jsonTokens + tokens.map { Array($0.utf8) }) { input in
            // The second seed's file tells which run it is of.
            let method: TrainingOptions.Method = input.contains { $0.name == "sgd" } ? .sgd() : .adamW()
            try withRandomSource(RandomSource(seed: 1)) {
                let output = TrainingOutput<TinyNetwork>(directory: try scratch.fill("run", input), start: .resume) {
                    _, _ in
                }
                let result = try Trainer(TinyTask(), options: options(method)).train(TinyNetwork(), into: output)
                try BrokenPromise.check(result.steps == 6, "a resumed run ends after \(result.steps) steps")
            }
        }
    ]
}

private func options(_ method: TrainingOptions.Method) -> TrainingOptions {
    var options = TrainingOptions(.epochs(3), batchSize: 3, learningRate: 0.1)
    options.method = method
    options.evaluations = .steps(2)
    options.checkpoints = .steps(5)
    options.logInterval = 1
    return options
}

/// The files of a run that was stopped after three of its six steps.
private func interruptedRun(_ method: TrainingOptions.Method, _ directory: String) throws -> [FuzzFile] {
    var hooks = TrainingHooks(), reached = 0
    hooks.didReach = { reached = $0 }
    hooks.shouldStop = { reached == 3 }
    do {
        _ = try Trainer(TinyTask(), options: options(method)).train(
            TinyNetwork(), into: TrainingOutput(directory: directory) { _, _ in }, hooks: hooks)
    } catch TrainingError.interrupted {}
    let checkpoint = [UInt8](try Data(contentsOf: URL(fileURLWithPath: directory + "/checkpoint.safetensors")))
    let log = timeless(try String(contentsOfFile: directory + "/training.jsonl", encoding: .utf8))
    let length = SafetensorsFrame.headerLength(checkpoint) ?? 0
    let header = timeless(String(decoding: checkpoint[8..<8 + length], as: UTF8.self)).trimmingCharacters(
        in: .whitespaces
    )
    .replacingOccurrences(
        of: #"logByteCount\\":[0-9]+"#, with: #"logByteCount\\":\#(log.utf8.count)"#, options: .regularExpression)
    return [
        FuzzFile(
            "checkpoint.safetensors",
            SafetensorsFrame.bytes(header: Array(header.utf8), data: checkpoint[(8 + length)...]), isSafetensors: true),
        FuzzFile("training.jsonl", log), FuzzFile(method == .sgd() ? "sgd" : "adamw", [], isDamaged: false),
    ]
}

/// A text in which all that a clock measured is the same in each process. (The order of keys is, by
/// `SWIFT_DETERMINISTIC_HASHING`.)
private func timeless(_ text: String) -> String {
    text.replacingOccurrences(
        of: #"second(s?)(\\?)":[0-9.e-]+"#, with: #"second$1$2":0.5"#, options: .regularExpression)
}
