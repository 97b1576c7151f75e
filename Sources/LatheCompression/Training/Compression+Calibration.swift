import LatheNN

/// Static ranges of inputs without training.
extension Compression {
    /// Whether layers have static input ranges that neither training nor calibration has set. Such layers would read
    /// nothing but zeros.
    public var needsCalibration: Bool { !uncalibrated.isEmpty }

    /// Sets these ranges to the smallest and the largest value that the layers read while `compute` runs the network on
    /// each of `batches`. Inputs are not rounded meanwhile. What the techniques do to weights is in force as
    /// `follow(step:)` or `finish()` has put it.
    public func calibrate<Batches: Sequence>(_ batches: Batches, compute: (Batches.Element) throws -> Void) rethrows {
        let quantizers = uncalibrated, active = quantizers.map(\.isActive)
        quantizers.forEach { ($0.isActive, $0.isCalibrating) = (true, true) }
        defer {
            for (quantizer, active) in zip(quantizers, active) {
                (quantizer.isActive, quantizer.isCalibrating) = (active, false)
            }
        }
        for batch in batches { try compute(batch) }
    }

    /// Those whose range is a single point, as it is at first, but for those that training has not brought into force.
    private var uncalibrated: [ActivationQuantizer] {
        network.namedModules.flatMap { _, module in
            (module as? any ProductLayer)?.activationTransforms.list.compactMap { $0 as? ActivationQuantizer } ?? []
        }.filter { quantizer in
            (quantizer.isActive || !isFinished) && quantizer.range.map { $0.low == $0.high } ?? false
        }
    }
}
