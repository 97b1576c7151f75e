import LatheModels

extension CalibrationData {
    /// The ranges of layers' inputs, measured for integer products with static ranges.
    public struct ActivationRanges: Sendable {
        /// The smallest and largest input of each layer that ran, by the layer's path.
        public let ranges: [String: ClosedRange<Float>]
        /// The number of sequences or images that were read.
        public let sampleCount: Int
    }

    /// Runs `model` on this data and returns the smallest and largest input of each linear layer and convolution.
    /// - Throws: the reason why the data cannot be read, or does not fit the model.
    public func inputRanges(of model: PretrainedModel) throws -> ActivationRanges {
        let probe = try probe(for: model)
        let statistics = model.network.observingInputs { probe.run() }
        let ranges = statistics.compactMapValues { layer in layer.extremes.map { $0.low...$0.high } }
        return ActivationRanges(ranges: ranges, sampleCount: probe.sampleCount)
    }
}
