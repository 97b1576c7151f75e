import Foundation
import LatheInference
import Testing

@Suite("Choosing tokens")
struct TokenSamplerTests {
    /// The logits of these probabilities, and of something that softmax takes away.
    private static let logits = [0.5, 0.25, 0.15, 0.1].map { Float(log($0)) + 3 }

    /// How often each token is drawn of 20,000.
    private static func shares(_ options: SamplingOptions, _ logits: [Float] = logits) -> [Double] {
        var sampler = TokenSampler(options), counts = [Double](repeating: 0, count: logits.count)
        for _ in 0..<20_000 { counts[Int(sampler.choose(from: logits))] += 1 }
        return counts.map { $0 / 20_000 }
    }

    private static func expect(_ shares: [Double], _ expected: [Double], _ place: SourceLocation = #_sourceLocation) {
        for (share, expected) in zip(shares, expected) {
            // Four standard deviations; what cannot be drawn must not be.
            let tolerance = 4 * (expected * (1 - expected) / 20_000).squareRoot()
            #expect(abs(share - expected) <= tolerance, "\(shares), expected \(expected)", sourceLocation: place)
        }
    }

    @Test("Greedy takes the likeliest token, the first of several")
    func greedy() {
        var sampler = TokenSampler(.init())
        #expect(sampler.choose(from: [0, 2, -1, 2]) == 1)
        #expect(sampler.choose(from: [-3]) == 0)
        var first = TokenSampler(.init(temperature: 5, topK: 1))
        #expect((0..<50).allSatisfy { _ in first.choose(from: [0, 1, 1, 0]) == 1 })
    }

    @Test("Temperature 1 draws by the probabilities")
    func plain() { Self.expect(Self.shares(.init(temperature: 1)), [0.5, 0.25, 0.15, 0.1]) }

    @Test("A temperature of 2 draws by their square roots, one of 0.5 by their squares")
    func temperature() {
        let roots = [0.5, 0.25, 0.15, 0.1].map { $0.squareRoot() }, squares = [0.25, 0.0625, 0.0225, 0.01]
        Self.expect(Self.shares(.init(temperature: 2)), roots.map { $0 / roots.reduce(0, +) })
        Self.expect(Self.shares(.init(temperature: 0.5)), squares.map { $0 / squares.reduce(0, +) })
    }

    @Test("Top-k draws from the likeliest only, wherever they stand")
    func topK() {
        Self.expect(Self.shares(.init(temperature: 1, topK: 2)), [2.0 / 3, 1.0 / 3, 0, 0])
        Self.expect(Self.shares(.init(temperature: 1, topK: 2), Self.logits.reversed()), [0, 0, 1.0 / 3, 2.0 / 3])
        Self.expect(Self.shares(.init(temperature: 1, topK: 100)), [0.5, 0.25, 0.15, 0.1])
    }

    @Test("Top-p keeps the token that completes the share")
    func topP() {
        Self.expect(Self.shares(.init(temperature: 1, topP: 0.45)), [1, 0, 0, 0])
        Self.expect(Self.shares(.init(temperature: 1, topP: 0.6)), [2.0 / 3, 1.0 / 3, 0, 0])
        Self.expect(Self.shares(.init(temperature: 1, topP: 0.8)), [0.5 / 0.9, 0.25 / 0.9, 0.15 / 0.9, 0])
        Self.expect(Self.shares(.init(temperature: 1, topP: 0)), [1, 0, 0, 0])
    }

    @Test("Top-p counts shares of what temperature and top-k have left")
    func order() {
        // Of all tokens three would be needed for 0.8; of the best three, with 0.556 and 0.278, two are enough.
        Self.expect(Self.shares(.init(temperature: 1, topK: 3, topP: 0.8)), [2.0 / 3, 1.0 / 3, 0, 0])
        // Squared, the first has a share of 0.72.
        Self.expect(Self.shares(.init(temperature: 0.5, topP: 0.7)), [1, 0, 0, 0])
    }

    @Test("The same seed gives the same choices, another one others")
    func seeds() {
        func choices(_ seed: UInt64) -> [Int32] {
            var sampler = TokenSampler(.init(temperature: 1, seed: seed))
            return (0..<64).map { _ in sampler.choose(from: Self.logits) }
        }
        #expect(choices(1) == choices(1))
        #expect(choices(1) != choices(2))
    }

    @Test("Logits of any size do not overflow, and impossible tokens are not drawn")
    func extremes() {
        Self.expect(Self.shares(.init(temperature: 1), [30_000, 30_000, -.infinity]), [0.5, 0.5, 0])
        Self.expect(Self.shares(.init(temperature: 1e-30), [1, 2, 1.5]), [0, 1, 0])
    }
}
