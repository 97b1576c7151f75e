import LatheFiles

/// Examples in a step: `train = micro × accumulation`, as there is one process.
package struct BatchSizes: Sendable, Hashable {
    /// Examples in an optimizer step.
    package let train: Int
    /// Examples in a forward pass.
    package let micro: Int
    /// Forward passes in an optimizer step, whose gradients are added up.
    package let accumulation: Int

    /// - Precondition: both are at least 1.
    package init(micro: Int, accumulation: Int) {
        precondition(micro >= 1 && accumulation >= 1, "batch of \(micro) × \(accumulation)")
        (train, self.micro, self.accumulation) = (micro * accumulation, micro, accumulation)
    }
}

extension BatchSizes {
    private static let trainKey = "train_batch_size", microKey = "train_micro_batch_size_per_gpu",
        accumulationKey = "gradient_accumulation_steps"

    static let keys = [trainKey, microKey, accumulationKey]

    /// Reads what there is and derives the rest as DeepSpeed does. Nil where nothing is there, or after a report.
    init?(_ fields: JSONFields) {
        let problemCount = fields.problems.count
        let sizes = Self.keys.map { key in
            fields[key] == nil ? nil : fields.integer(key, in: 1...1_000_000)
        }
        guard fields.problems.count == problemCount else { return nil }
        switch (sizes[0], sizes[1], sizes[2]) {
        case (nil, nil, nil): return nil
        case (nil, nil, .some):
            fields.report(
                Self.accumulationKey, "says nothing without a batch size; add \(Self.trainKey) or \(Self.microKey)")
            return nil
        case (nil, let micro?, let accumulation): self.init(micro: micro, accumulation: accumulation ?? 1)
        case (let train?, let micro?, nil):
            self.init(train, dividedBy: micro, Self.microKey, fields) { .init(micro: micro, accumulation: $0) }
        case (let train?, nil, let accumulation):
            self.init(train, dividedBy: accumulation ?? 1, Self.accumulationKey, fields) {
                .init(micro: $0, accumulation: accumulation ?? 1)
            }
        case (let train?, let micro?, let accumulation?):
            guard train.isMultiple(of: micro * accumulation) else {
                fields.report(
                    Self.trainKey,
                    "expected \(Self.microKey) × \(Self.accumulationKey) = \(micro) × \(accumulation), or that for several processes, got \(train); "
                        + "remove one of the three")
                return nil
            }
            let processes = train / (micro * accumulation)
            if processes > 1 {
                fields.note(
                    Self.trainKey,
                    "\(train) is \(Self.microKey) × \(Self.accumulationKey) = \(micro) × \(accumulation) in \(processes) processes; the one process here "
                        + "takes \(micro) × \(train / micro)")
            }
            self.init(micro: micro, accumulation: train / micro)
        }
    }

    private init?(_ train: Int, dividedBy part: Int, _ key: String, _ fields: JSONFields, _ make: (Int) -> BatchSizes) {
        guard train.isMultiple(of: part) else {
            fields.report(key, "expected a divisor of \(Self.trainKey) = \(train), got \(part)")
            return nil
        }
        self = make(train / part)
    }
}
