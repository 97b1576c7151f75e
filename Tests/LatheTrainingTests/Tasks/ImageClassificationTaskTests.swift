import LatheDigits
import LatheModels
import LatheTensor
import LatheTestModels
import LatheTraining
import Testing

@Suite("Training classifiers of images")
struct ImageClassificationTaskTests {
    private let models: TinyModels
    private let images: Cifar10Dataset
    private let network = ResNet(ResNetConfiguration(depth: 8, baseChannels: 4))

    init() throws {
        models = try TinyModels()
        try ColouredDigits.write(DigitsDataset.loadSplit().train, count: 12, seed: 1, to: models.path("batch.bin"))
        images = try Cifar10Dataset.load([models.path("batch.bin")])
    }

    private func batch(variesImages: Bool = true, seed: UInt64) throws -> [Float] {
        let task = try ImageClassificationTask(
            for: network, train: images, dev: nil, variesImages: variesImages, identity: "cifar10")
        var random = SplitMix64(seed: seed)
        return task.batch(Array(0..<12), &random).floatArray
    }

    @Test("Images are cropped and mirrored at random, the same way from the same seed")
    func varies() throws {
        #expect(try batch(seed: 1) == batch(seed: 1))
        #expect(try batch(seed: 1) != batch(seed: 2))
        #expect(try batch(seed: 1) != images.batch(Array(0..<12)).floatArray)
    }

    @Test("Images are shown as they are where nothing is to be varied")
    func asTheyAre() throws {
        #expect(try batch(variesImages: false, seed: 1) == images.batch(Array(0..<12)).floatArray)
    }

    @Test("Digits in colour are records of CIFAR-10 with the digits' labels, equal for equal seeds")
    func colouredDigits() throws {
        let digits = try DigitsDataset.loadSplit().train
        #expect(images.labels == Array(digits.labels.prefix(12)))
        try ColouredDigits.write(digits, count: 12, seed: 1, to: models.path("again.bin"))
        try ColouredDigits.write(digits, count: 12, seed: 2, to: models.path("other.bin"))
        #expect(try models.bytes("again.bin") == models.bytes("batch.bin"))
        #expect(try models.bytes("other.bin") != models.bytes("batch.bin"))
    }
}
