extension ModelConfiguration {
    /// This configuration for a network whose head computes with the word embedding's table or has a weight of its own; unchanged where there is no such head.
    public func withHead(tied isTied: Bool) -> ModelConfiguration {
        guard architecture.head == .languageModel || architecture.head == .maskedLanguageModel else { return self }
        var result = self
        switch sizes {
        case .bert(var sizes):
            sizes.tiesEmbeddings = isTied
            result.sizes = .bert(sizes)
        case .gpt2(var sizes):
            sizes.tiesEmbeddings = isTied
            result.sizes = .gpt2(sizes)
        case .resnet, .patchEncoder: break
        }
        return result
    }
}
