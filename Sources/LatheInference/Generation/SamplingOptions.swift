/// How the next token is chosen.
public struct SamplingOptions: Sendable, Hashable {
    /// What logits are divided by: below 1 for likelier tokens, above 1 for more surprises. 0 always takes the
    /// likeliest (greedy).
    public var temperature: Float
    /// Only so many of the likeliest tokens are drawn from; nil for all.
    public var topK: Int?
    /// Only the likeliest tokens whose probabilities add up to this share are drawn from (Holtzman et al.,
    /// arXiv:1904.09751); 1 for all.
    public var topP: Float
    /// Decides what is drawn.
    public var seed: UInt64

    /// Greedy unless told otherwise.
    public init(temperature: Float = 0, topK: Int? = nil, topP: Float = 1, seed: UInt64 = 42) {
        self.temperature = temperature
        self.topK = topK
        self.topP = topP
        self.seed = seed
    }
}
