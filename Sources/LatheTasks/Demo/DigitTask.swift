import LatheTensor

/// Recognising the built-in digits.
struct DigitTask<Network: DigitNetwork>: TrainingTask {
    let digits: DigitsDataset

    let identity = "digits"
    var exampleCount: Int { digits.count }

    func loss(of network: Network, on examples: [Int], random: inout SplitMix64) -> Tensor {
        let images = Network.shiftsImages
            ? ImageShift.batch(of: examples, from: digits, &random) : digits.subset(examples).batch(0..<examples.count)
        return network(images).crossEntropy(Tensor(examples.map { digits.labels[$0] }), smoothing: 0.05)
    }
}
