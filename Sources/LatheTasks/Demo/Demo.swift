import Foundation
import LatheModels
import LatheNN
import LatheRuntime
import LatheTensor

/// Trains two small networks on the built-in handwritten digits, quantises them to 8 bits, and measures both before and after.
public enum Demo {
    /// Images in the batch whose time is measured.
    public static let timedBatch = 256

    /// Runs the demo; takes minutes.
    /// - Parameter report: hears of every training step and finished row.
    /// - Returns: the rows of the table, each network before and after.
    /// - Throws: `TrainingError`, or an error of the file system.
    public static func run(_ options: DemoOptions = .init(), report: @escaping (DemoEvent) -> Void = { _ in }) throws -> [DemoRow] {
        let directory = try DemoDirectory(options.outputDirectory)
        defer { directory.removeIfTemporary() }
        let digits = try DigitsDataset.load().split(testFraction: 0.2, seed: options.seed)
        return try rows(PatchEncoder.self, digits, directory, options, report) + rows(ResNet.self, digits, directory, options, report)
    }

    private static func rows<Network: DigitNetwork>(
        _ type: Network.Type, _ digits: DigitsSplit, _ directory: DemoDirectory, _ options: DemoOptions, _ report: @escaping (DemoEvent) -> Void
    ) throws -> [DemoRow] {
        let trained = try train(type, on: digits.train, options, report)
        let floatFile = try directory.file("\(Network.demoName)-fp32"), packedFile = try directory.file("\(Network.demoName)-int8")
        try ModuleFile.save(trained, to: floatFile)
        trained.packWeights(.w8a8)
        try ModuleFile.save(trained, to: packedFile)
        // What is measured is what a user would load from the files.
        let float = Network.forDigits(), packed = Network.forDigits()
        try ModuleFile.load(floatFile, into: float)
        try ModuleFile.load(packedFile, into: packed)
        float.packWeights(.float32)
        let images = digits.test.batch(0..<min(timedBatch, digits.test.count))
        let times = Stopwatch.interleaved([{ _ = withInference { float(images) } }, { _ = withInference { packed(images) } }], repeats: 21)
        let rows = try [
            row(float, "fp32", digits.test, floatFile, times[0]), row(packed, "int8", digits.test, packedFile, times[1]),
        ]
        rows.forEach { report(.finished($0)) }
        return rows
    }

    private static func train<Network: DigitNetwork>(
        _ type: Network.Type, on digits: DigitsDataset, _ options: DemoOptions, _ report: @escaping (DemoEvent) -> Void
    ) throws -> Network {
        var training = type.trainingOptions(isQuick: options.isQuick)
        training.seed = options.seed
        let network = withRandomSource(RandomSource(seed: options.seed)) { type.forDigits() }
        var hooks = TrainingHooks()
        hooks.observe = { if case .step(let progress) = $0 { report(.training(network: Network.demoName, progress)) } }
        _ = try Trainer(DigitTask<Network>(digits: digits), options: training).train(network, hooks: hooks)
        return network
    }

    private static func row<Network: DigitNetwork>(
        _ network: Network, _ format: String, _ test: DigitsDataset, _ file: String, _ milliseconds: Double
    ) throws -> DemoRow {
        let logits = withInference { network(test.batch(0..<test.count)) }
        let written = try SafetensorsFile(path: file)
        return DemoRow(
            name: "\(Network.demoName) \(format)", accuracy: Accuracy.of(logits, test.labels), bytes: written.byteCount, milliseconds: milliseconds,
            weightBytes: weightBytes(of: network, in: written))
    }

    /// Bytes of the weights of linear layers and convolutions, scales included.
    private static func weightBytes(of network: some Module, in file: SafetensorsFile) -> Int {
        let weights = network.namedModules.filter { $0.module is Linear || $0.module is Conv2d }.flatMap { [$0.path + ".weight", $0.path + ".weight_scale"] }
        return weights.compactMap { file[$0]?.byteRange.count }.reduce(0, +)
    }
}
