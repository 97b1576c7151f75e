import LatheNN
import LatheTensor

/// Layers that compute with one parameter: a head and the table of the words, most often.
struct SharedWeights {
    /// For each such parameter its layers, in the order of the network.
    let groups: [[(path: String, layer: any CompressibleLayer)]]

    init(_ network: any Module) {
        let owners = network.namedModules.compactMap { path, module in
            (module as? any CompressibleLayer).flatMap { layer in
                layer.weight.parameter.map { (parameter: ObjectIdentifier($0), owner: (path: path, layer: layer)) }
            }
        }
        groups = Dictionary(grouping: owners, by: \.parameter).values.filter { $0.count > 1 }.map { $0.map(\.owner) }
    }

    /// Lets them share one again where baking gave them the same values.
    func restore() {
        for group in groups {
            guard let parameter = group[0].layer.weight.parameter else { continue }
            for (_, layer) in group.dropFirst()
            where layer.weight.parameter?.detached.isIdentical(to: parameter.detached) == true {
                layer.share(parameter)
            }
        }
    }
}

extension CompressibleLayer {
    fileprivate func share(_ parameter: Parameter) { weight = .dense(parameter) }
}
