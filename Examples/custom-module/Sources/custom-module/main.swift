import Foundation
import Lathe
import LatheDigits

/// The first argument names the config, the second the directory to write to.
let arguments = CommandLine.arguments.dropFirst() + ["config.json", "."].dropFirst(CommandLine.arguments.count - 1)
let (configFile, directory) = (arguments[1], arguments[2])

// A network of one's own is trained like any other.
let digits = try DigitsDataset.loadSplit()
let mixer = withRandomSource(RandomSource(seed: 1)) { Mixer() }
let task = try ImageClassificationTask(for: mixer, train: digits.train, dev: digits.test, identity: "digits")
var options = TrainingOptions(.epochs(12), batchSize: 64, learningRate: 2e-3)
options.evaluations = .end
try Trainer(task, options: options).train(mixer)
try ModuleFile.save(mixer, to: directory + "/mixer.safetensors")

// Compressed: trained on as the config says, cleaned, packed, saved.
let config = try DeepSpeedConfig(path: configFile)
let compression = try Compression(config.compression, of: mixer, file: configFile)
let plan = CompressionPlan(compression, totalSteps: try options.plan(exampleCount: task.exampleCount).totalSteps)
for warning in plan.warnings { print(warning) }
try compression.train(mixer, on: task, options: options)
let cleaned = compression.clean()
for note in cleaned.pack() { print(note) }
try cleaned.save(to: directory + "/mixer-small.safetensors")

// What the files hold, read into new networks and measured.
let (before, after) = (Mixer(), Mixer())
try ModuleFile.load(directory + "/mixer.safetensors", into: before)
try ModuleFile.load(directory + "/mixer-small.safetensors", into: after)
before.packWeights(.float32)
let images = digits.test.batch(0..<256)
let times = Stopwatch.interleaved(
    [before, after].map { model in { _ = withInference { model(images) } } }, repeats: 31)
for (name, model, time) in [("mixer", before, times[0]), ("mixer-small", after, times[1])] {
    let accuracy = withInference { task.evaluate(model) }?.primaryValue ?? 0
    let bytes = try Data(contentsOf: URL(filePath: "\(directory)/\(name).safetensors")).count
    print(
        "\(name): accuracy \((accuracy * 1000).rounded() / 10)%, \(bytes) bytes, \((time * 10).rounded() / 10) ms for \(images.shape[0]) images"
    )
}
