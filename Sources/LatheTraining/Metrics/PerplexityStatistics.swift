#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Adds up how well a language model foretells tokens.
package struct PerplexityStatistics: Equatable, Sendable {
    /// The sum of the tokens' negative log-likelihoods, in nats.
    package private(set) var negativeLogLikelihood = 0.0
    /// The number of tokens scored.
    package private(set) var tokenCount = 0

    /// Begins at nothing.
    package init() {}

    /// Adds tokens: the sum (not the mean) of their negative log-likelihoods, and their number.
    /// - Precondition: `tokenCount >= 0`.
    package mutating func add(negativeLogLikelihood: Double, tokenCount: Int) {
        precondition(tokenCount >= 0, "\(tokenCount) tokens")
        self.negativeLogLikelihood += negativeLogLikelihood
        self.tokenCount += tokenCount
    }

    /// `exp(negativeLogLikelihood / tokenCount)`: infinity where that is too large, nil without tokens.
    package var perplexity: Double? {
        tokenCount == 0 ? nil : exp(negativeLogLikelihood / Double(tokenCount))
    }
}
