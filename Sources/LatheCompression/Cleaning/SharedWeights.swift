import LatheNN
import LatheTensor

/// Layers that compute with one parameter: a head and the table of the words, most often.
struct SharedWeights {
    private let layers: [[any ShapeableLayer]]

    init(_ network: any Module) {
        let owners = network.namedModules.compactMap { _, module in
            (module as? any ShapeableLayer).flatMap { layer in layer.weight.parameter.map { (parameter: ObjectIdentifier($0), layer: layer) } }
        }
        layers = Dictionary(grouping: owners, by: \.parameter).values.filter { $0.count > 1 }.map { $0.map(\.layer) }
    }

    /// Lets them share one again where baking gave them the same values.
    func restore() {
        for layers in layers {
            guard let parameter = layers[0].weight.parameter else { continue }
            for layer in layers.dropFirst() where layer.weight.parameter?.detached.isIdentical(to: parameter.detached) == true { layer.share(parameter) }
        }
    }
}

extension ShapeableLayer {
    fileprivate func share(_ parameter: Parameter) { weight = .dense(parameter) }
}
