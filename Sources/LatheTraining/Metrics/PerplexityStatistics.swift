#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Adds up how well a language model foretells tokens.
public struct PerplexityStatistics: Equatable, Sendable {
    /// The sum of the tokens' negative log-likelihoods, in nats.
    public private(set) var negativeLogLikelihood = 0.0
    /// The number of tokens scored.
    public private(set) var tokenCount = 0

    /// Begins at nothing.
    public init() {}

    /// Adds tokens: the sum (not the mean) of their negative log-likelihoods, and their number.
    /// - Precondition: `tokenCount >= 0`.
    public mutating func add(negativeLogLikelihood: Double, tokenCount: Int) {
        precondition(tokenCount >= 0, "\(tokenCount) tokens")
        self.negativeLogLikelihood += negativeLogLikelihood
        self.tokenCount += tokenCount
    }

    /// `exp(negativeLogLikelihood / tokenCount)`: infinity where that is too large, nil without tokens.
    public var perplexity: Double? {
        tokenCount == 0 ? nil : exp(negativeLogLikelihood / Double(tokenCount))
    }
}
