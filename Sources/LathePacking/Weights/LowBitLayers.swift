import LatheNN

/// The layers of a network that low-bit weights cover unless told otherwise: those that `packWeights` packs, and that
/// starting configs quantise.
public struct LowBitLayers: Sendable, Hashable {
    /// Regular expressions that are searched in the paths of linear layers and convolutions.
    public var layers: [String]
    /// The same for embeddings. A linear layer that computes with the table of such an embedding is covered as well.
    public var embeddings: [String]

    public init(layers: [String], embeddings: [String] = []) {
        (self.layers, self.embeddings) = (layers, embeddings)
    }

    /// The paths of the layers of `network` that are covered.
    func paths(in network: any Module) -> Set<String> {
        let layers = layers.compactMap { try? Regex($0) }, embeddings = embeddings.compactMap { try? Regex($0) }
        func isFound(_ patterns: [Regex<AnyRegexOutput>], _ path: String) -> Bool {
            patterns.contains { path.firstMatch(of: $0) != nil }
        }
        let modules = network.namedModules
        let tables = modules.compactMap { path, module in
            (module as? any CompressibleLayer).flatMap {
                $0.kind == .embedding && isFound(embeddings, path) ? $0.weight.parameter : nil
            }
        }
        return Set(
            modules.filter { path, module in
                guard let layer = module as? any CompressibleLayer else { return false }
                return switch layer.kind {
                case .linear: isFound(layers, path) || tables.contains { $0 === layer.weight.parameter }
                case .convolution: isFound(layers, path)
                case .embedding: isFound(embeddings, path)
                }
            }.map(\.path))
    }
}

/// A network that names the layers that low-bit weights cover. Of other networks they cover all.
public protocol LowBitNetwork: Module {
    var lowBitLayers: LowBitLayers { get }
}
