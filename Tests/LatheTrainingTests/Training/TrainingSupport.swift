import Foundation
import LatheFiles
import LatheNN
import LathePacking
import LatheTensor
import LatheTestFiles
import LatheTraining
import Testing

/// A small convolutional network with all that a checkpoint must not forget: running statistics, dropout, weights that
/// are decayed and that are not.
final class ToyNetwork: Module {
    @Child("convolution") var convolution: Conv2d
    @Child("norm") var norm: BatchNorm2d
    @Child("head") var head: Linear
    private let dropout = Dropout(rate: 0.2)

    init(seed: UInt64) {
        (convolution, norm, head) = withRandomSource(RandomSource(seed: seed)) {
            let convolution = Conv2d(
                channels: 1, outputs: 4, kernelSize: 3, options: ConvolutionOptions(padding: 1), hasBias: false)
            return (convolution, BatchNorm2d(channels: 4), Linear(inputs: 4, outputs: 2))
        }
    }

    /// `[batch, 2]` for `[batch, 1, 4, 4]`.
    func callAsFunction(_ images: Tensor) -> Tensor {
        head(dropout(norm(convolution(images)).relu().globalAveragePool()))
    }
}

/// Telling upright stripes from level ones, under noise.
struct ToyTask: TrainingTask {
    var identity = "stripes"
    var exampleCount = 23
    var lengths: [Int]?
    /// What is done to the loss of each micro-batch.
    var change: (ToyNetwork, Tensor) -> Tensor = { $1 }
    /// What is made of the mean loss and the accuracy on other examples; nil holds no examples back.
    var score: ((_ loss: Double, _ accuracy: Double) -> Evaluation)? = { loss, accuracy in
        Evaluation([.init("loss", loss), .init("accuracy", accuracy)], primary: "loss", isHigherBetter: false)
    }

    func loss(of model: ToyNetwork, on examples: [Int], random: inout SplitMix64) -> Tensor {
        let noise = examples.map { _ in Float(random.integer(below: 100)) / 200 }
        return change(model, model(Self.images(examples, noise)).crossEntropy(Self.labels(examples)))
    }

    func evaluate(_ model: ToyNetwork) -> Evaluation? {
        guard let score else { return nil }
        let examples = Array(100..<112), logits = model(Self.images(examples, examples.map { _ in 0.2 }))
        return score(
            Double(logits.crossEntropy(Self.labels(examples)).scalar),
            Accuracy.of(logits, Self.labels(examples).int32Array))
    }

    private static func labels(_ examples: [Int]) -> Tensor { Tensor(examples.map { Int32($0 % 2) }) }

    private static func images(_ examples: [Int], _ noise: [Float]) -> Tensor {
        let pixels = zip(examples, noise).flatMap { example, noise in
            (0..<16).map { place in
                let stripe = example.isMultiple(of: 2) ? place % 4 : place / 4
                return Float((stripe + example / 2) % 2) + noise * Float((place * (example + 3)) % 7 - 3)
            }
        }
        return Tensor(pixels, shape: [examples.count, 1, 4, 4])
    }
}

/// Options for nine steps of the toy task.
func toyOptions(_ duration: TrainingOptions.Duration = .epochs(3)) -> TrainingOptions {
    var options = TrainingOptions(duration, batchSize: 8, learningRate: 0.02)
    options.logInterval = 1
    options.evaluations = .steps(2)
    options.checkpoints = .steps(3)
    options.accumulation = 2
    return options
}

/// The bits of all parameters.
func parameterBits(_ model: some Module) -> [[UInt32]] {
    model.namedParameters.map { $0.parameter.detached.floatArray.map(\.bitPattern) }
}

/// A directory for one test, removed when nobody needs it any more; in it, `out` does not exist yet.
final class ScratchDirectory {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("lathe-\(UUID().uuidString)").path
    var out: String { path + "/out" }

    init() throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The names in the output directory, hidden ones included.
    func listing() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: out).sorted() }

    /// The lines of the log.
    func log() throws -> [JSONValue] {
        try String(contentsOfFile: out + "/training.jsonl", encoding: .utf8).split(separator: "\n").map {
            try StrictJSON.parse(String($0))
        }
    }

    /// The lines of the log without what a clock measured.
    func timelessLog() throws -> [JSONValue] {
        try log().map { line in
            .object((line.object ?? []).filter { !["seconds", "examples_per_second"].contains($0.key) })
        }
    }

    /// An output into `out` that saves weights only.
    func output(_ start: TrainingStart = .new) -> TrainingOutput<ToyNetwork> {
        TrainingOutput(directory: out, start: start) { try ModuleFile.save($0, to: $1 + "/model.safetensors") }
    }

    /// The bits of the saved model.
    func savedBits() throws -> [[UInt32]] {
        let model = ToyNetwork(seed: 99)
        try ModuleFile.load(out + "/model.safetensors", into: model)
        return parameterBits(model)
    }
}

/// What stands for a process that is killed.
struct Kill: Error {}

/// Hooks that end a run by an error when `isLast` accepts an event.
func killed(at isLast: @escaping (TrainingEvent) -> Bool) -> TrainingHooks {
    var hooks = TrainingHooks()
    hooks.observe = { if isLast($0) { throw Kill() } }
    return hooks
}
