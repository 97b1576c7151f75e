import Foundation
import Lathe
import LatheWorkflows

ModelFamilies.register(GatedFamily())
let place = CommandLine.arguments.dropFirst().first ?? "."

// A new model with its tokenizer: a word a token.
let subjects = ["film", "plot", "cast", "music", "story"], praise = ["superb", "moving", "funny", "clever"],
    blame = ["dull", "weak", "noisy", "flat"]
let vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "the", "is", "and", "not"] + subjects + praise + blame
try FileManager.default.createDirectory(atPath: place + "/new", withIntermediateDirectories: true)
try vocabulary.joined(separator: "\n").write(toFile: place + "/new/vocab.txt", atomically: true, encoding: .utf8)
let configuration = ModelConfiguration(
    .init(GatedFamily(), .sequenceClassification), GatedSizes(vocabularySize: vocabulary.count),
    labels: ["bad", "good"])
try withRandomSource(RandomSource(seed: 1)) { PretrainedModel(configuration) }.save(to: place + "/new")

// It is opened by its `model_type` and trained like any other.
let texts = subjects.flatMap { subject in
    zip(praise, blame).flatMap { good, bad in
        [
            "the \(subject) is \(good),good", "the \(subject) is \(bad),bad", "the \(subject) is not \(good),bad",
            "the \(subject) is not \(bad),good",
        ]
    }
}
try (["text,label"] + texts).joined(separator: "\n").write(
    toFile: place + "/texts.csv", atomically: true, encoding: .utf8)
var training = FineTuning(
    model: .directory(place + "/new"), task: .text(.classification), train: [place + "/texts.csv"],
    dev: [place + "/texts.csv"], output: place + "/trained")
training.options = TrainingOptions(.epochs(30), batchSize: 16, learningRate: 3e-3)
let trained = try training.run()

// Compressed: the gate and up projections lose the same half of their rows, and the weights get 8 bits.
let config = try DeepSpeedConfig(path: "config.json"), model = try PretrainedModel(directory: place + "/trained")
for warning in CompressionPlan(try Compression(config.compression, of: model, file: "config.json")).warnings {
    print(warning)
}
var request = CompressionRequest(training, config: config, configFile: "config.json")
(request.training.model, request.training.output) = (.directory(place + "/trained"), place + "/small")
let compressed = try request.run()
for note in compressed.notes { print(note) }

for (name, bytes, value) in [
    ("trained", trained.byteCount, trained.result.best?.evaluation), ("small", compressed.byteCount, compressed.after),
] {
    let answers = try TextPredictor(directory: "\(place)/\(name)").predictions(for: [
        TextExample(text: "the music is not dull")
    ])
    guard case .labels(let labels) = answers[0] else { continue }
    print(
        "\(name): accuracy \(value?.primaryValue ?? 0), \(bytes) bytes; \"the music is not dull\" is \(labels[0].label)"
    )
}
