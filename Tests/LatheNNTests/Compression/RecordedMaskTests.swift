import LatheGolden
import LatheNN
import LatheTensor
import Testing

@Suite("Recorded masks")
struct RecordedMaskTests {
    @Test("Masks and their gradients are the original's", arguments: GoldenCase.all("mask"))
    func mask(_ recorded: GoldenCase) throws {
        switch recorded.config["op"]?.string ?? "" {
        case "TopKBinarizer": try largest(recorded)
        case "l1 sparse": try norms(recorded, .element)
        case "l1 row", "l1 channel": try norms(recorded, .output)
        case let other: Issue.record("no such mask: \(other)")
        }
    }

    private func largest(_ recorded: GoldenCase) throws {
        let names = recorded.tensorNames
        if names.contains("returned") {
            // For scores in another order of memory the original returns the scores themselves. Tensors here have one
            // order: this is a mask.
            let scores = try recorded.tensor("scores")
            let mask = scores.largestMask(keeping: kept(recorded, of: scores))
            #expect(Set(mask.floatArray) == [0, 1])
            return
        }
        for name in names where names.contains(name + "_mask") { try expectTiesBroken(recorded, name) }
        guard let maskName = names.first(where: { $0.hasPrefix("mask") }) else { return }
        let suffix = maskName.dropFirst("mask".count), scores = Parameter(try recorded.tensor("scores"))
        let mask = scores.value.largestMask(keeping: kept(recorded, of: scores.detached))
        expectSameBits(mask, try recorded.tensor(maskName))
        let weight = try recorded.tensorIfPresent("weight").map { Parameter($0) }
        let product = weight.map { $0.value * mask } ?? mask
        product.backward(from: try recorded.tensor("gy"))
        // A learned threshold's gradient (`dthreshold`) is left out: no config asks for one.
        try expect(recorded, scores.gradient, "dscores\(suffix)")
        if let weight { try expect(recorded, weight.gradient, "dweight\(suffix)") }
    }

    /// Which of several equal scores are kept is not defined in the original; how many are is.
    private func expectTiesBroken(_ recorded: GoldenCase, _ name: String) throws {
        let scores = try recorded.tensor(name), values = scores.floatArray
        let mask = scores.largestMask(keeping: kept(recorded, of: scores)).floatArray
        let expected = try recorded.tensor(name + "_mask")
        #expect(mask.reduce(0, +) == expected.sum().scalar)
        let smallest = zip(values, mask).filter { $0.1 == 1 }.map(\.0).min() ?? .infinity
        #expect(zip(values, mask).allSatisfy { $0.1 == 1 || $0.0 <= smallest })
        let tied = values.indices.filter { values[$0] == smallest }.map { mask[$0] }
        #expect(tied == tied.sorted(by: >), "the first of equal scores are kept")
    }

    private func norms(_ recorded: GoldenCase, _ unit: PruningUnit) throws {
        let density = try #require(recorded.config["dense_ratio"]?.double)
        let mask = PruningMask(unit, keeping: density, ofLargestIn: try recorded.tensor("weight"))
        expectSameBits(mask.mask, try recorded.tensor("mask"))
    }

    private func kept(_ recorded: GoldenCase, of scores: Tensor) -> Int {
        if let threshold = recorded.config["threshold"]?.double {
            return Int((threshold * Double(scores.elementCount)).rounded(.up))
        }
        return recorded.config["kept"]?.integer ?? 0
    }

    private func expect(_ recorded: GoldenCase, _ gradient: Tensor?, _ name: String) throws {
        let problem = recorded.tolerance.problem(try #require(gradient), try recorded.tensor(name))
        #expect(problem == nil, "\(name): \(problem ?? "")")
    }
}
