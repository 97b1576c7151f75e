import ArgumentParser
import LatheWorkflows

/// What is tried on which data, for commands that measure layers.
struct SensitivityFlags: ParsableArguments {
    @Option(help: "Bits to try, of 8 to 1, with commas between.", transform: Self.bits)
    var bits: [Int]?

    @Option(
        help:
            "Shares of single weights to keep, those of the largest magnitude, with commas between: in floats, or with each of --bits.",
        transform: Self.densities)
    var prune: [Double]?

    @Option(name: .customLong("group-by"), help: "What is tried as one: a layer, or a block of them. (default: layer)")
    var grouping: UnitGrouping?

    @Option(
        name: .customLong("quantize-groups"),
        help: "Groups of a weight with a scale each. (default: the rows of the narrowest large layer)")
    var groupCount: Int?

    @Option(
        help:
            "Scales of weights: of their largest value, or of the least squared error, as for lathe quantize. (default: original)"
    )
    var scales: QuantizeCommand.Scales?

    func validate() throws {
        if let groupCount { try BenchOptions.check(groupCount, in: 1...1_000_000_000, "--quantize-groups") }
    }

    /// The first option that was given.
    var given: String? {
        let options: [(String, Bool)] = [
            ("--bits", bits != nil), ("--prune", prune != nil), ("--group-by", grouping != nil),
            ("--quantize-groups", groupCount != nil), ("--scales", scales != nil),
        ]
        return options.first { $0.1 }?.0
    }

    /// What is tried: each of the bits, alone and with each density; densities alone where no bits are given.
    func choices(usual: [Int]) -> [WeightChoice] {
        guard let prune else { return (bits ?? usual).map { WeightChoice(bits: $0) } }
        guard let bits else { return prune.map { WeightChoice(bits: nil, density: $0) } }
        return bits.flatMap { bits in [WeightChoice(bits: bits)] + prune.map { WeightChoice(bits: bits, density: $0) } }
    }

    func analysis(_ calibration: CalibrationData, usual: [Int]) -> SensitivityAnalysis {
        var analysis = SensitivityAnalysis(calibration)
        analysis.choices = choices(usual: usual)
        (analysis.grouping, analysis.groupCount, analysis.searchesScales) = (
            grouping ?? .layer, groupCount, scales == .search
        )
        return analysis
    }

    private static func bits(_ text: String) throws -> [Int] {
        let values = text.split(separator: ",").map { Int($0) }
        guard !values.isEmpty, values.allSatisfy({ $0.map((1...8).contains) ?? false }) else {
            throw ValidationError("--bits takes numbers from 1 to 8 with commas between, got '\(text)'.")
        }
        return values.compactMap { $0 }.uniqued
    }

    private static func densities(_ text: String) throws -> [Double] {
        let values = text.split(separator: ",").map { Double($0) }
        guard !values.isEmpty, values.allSatisfy({ $0.map { $0 > 0 && $0 < 1 } ?? false }) else {
            throw ValidationError("--prune takes shares above 0 and below 1 with commas between, got '\(text)'.")
        }
        return values.compactMap { $0 }.uniqued
    }
}

extension UnitGrouping: ExpressibleByArgument {}

extension Array where Element: Hashable {
    /// Each element once, where it stands first.
    var uniqued: [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
