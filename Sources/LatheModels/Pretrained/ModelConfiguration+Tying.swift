extension ModelConfiguration {
    /// This configuration for a network whose head has a weight of its own, where it had the word embedding's table before.
    public func withUntiedHead() -> ModelConfiguration {
        var result = self
        switch sizes {
        case .bert(var sizes):
            sizes.tiesEmbeddings = false
            result.sizes = .bert(sizes)
        case .gpt2(var sizes):
            sizes.tiesEmbeddings = false
            result.sizes = .gpt2(sizes)
        case .resnet, .patchEncoder: break
        }
        return result
    }
}
