import Foundation
import LatheDigits
import LatheTensor

/// What the walk-throughs in `Examples/` begin with.
public enum ExampleData {
    /// Writes models and data into `directory`, which is made if needed.
    public static func write(to directory: String) throws {
        let models = try TinyModels(keeping: directory)
        try models.bert("bert", labels: ["negative", "positive"]) { sizes in
            (
                sizes.encoder.hiddenSize, sizes.encoder.layerCount, sizes.encoder.headCount,
                sizes.encoder.intermediateSize
            ) = (48, 12, 12, 96)
            sizes.encoder.initializerRange = 0.1
        }
        try models.encoder("encoder")
        try models.reviews("train.tsv", count: 640, seed: 1)
        try models.reviews("dev.tsv", count: 200, seed: 2)
        try models.gpt2("gpt2", positionCount: 64) { sizes in
            (sizes.hiddenSize, sizes.layerCount, sizes.headCount, sizes.initializerRange) = (64, 12, 4, 0.05)
        }
        try models.file("text.txt", sentences(1200, seed: 3))
        try models.file("more.txt", sentences(200, seed: 4))
        let digits = try DigitsDataset.loadSplit()
        try models.makeDirectory("cifar")
        try ColouredDigits.write(digits.train, count: 1400, seed: 5, to: models.path("cifar/data_batch_1.bin"))
        try ColouredDigits.write(digits.test, count: 300, seed: 6, to: models.path("cifar/test_batch.bin"))
    }

    /// Sentences of a small grammar.
    private static func sentences(_ count: Int, seed: UInt64) -> String {
        var random = SplitMix64(seed: seed)
        func pick(_ words: String) -> String {
            let words = words.split(separator: " ")
            return String(words[random.integer(below: words.count)])
        }
        return (0..<count).map { _ in
            let place = random.integer(below: 2) == 0 ? " in the \(pick("house garden street theatre"))" : ""
            return
                "The \(pick("old young small")) \(pick("cat dog horse bird")) \(pick("sees hears likes")) the \(pick("film play song"))\(place).\n"
        }.joined()
    }
}
