import ArgumentParser

/// The sizes of one matrix product, `[m, k] · [k, n]`.
struct GemmShape: Hashable, Sendable {
    let m: Int
    let k: Int
    let n: Int

    /// What BERT-base computes: one token, a short sentence, one example, and a batch of eight.
    static let bert = [1, 16, 128, 1024].flatMap { m in
        [(768, 768), (768, 3072), (3072, 768)].map { GemmShape(m: m, k: $0.0, n: $0.1) }
    }

    /// A multiply and an add for each of m · k · n.
    var operations: Double { 2 * Double(m) * Double(k) * Double(n) }
}

extension GemmShape: ExpressibleByArgument {
    private static let largest = 1 << 17
    private static let mostElements = 1 << 28

    /// Reads `128x768x3072`.
    init?(argument: String) {
        let sizes = argument.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard sizes.count == 3, let m = sizes[0], let k = sizes[1], let n = sizes[2] else { return nil }
        guard [m, k, n].allSatisfy({ (1...Self.largest).contains($0) }), max(m * k, k * n, m * n) <= Self.mostElements
        else { return nil }
        self.init(m: m, k: k, n: n)
    }

    var defaultValueDescription: String { "\(m)x\(k)x\(n)" }
}
