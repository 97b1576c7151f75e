import LatheNN
import LatheTensor

/// Layers whose weights get the same bits and density: one layer, a block of them, or layers that share a weight.
struct WeightUnit {
    /// The path of the layer, or what the paths of a block begin with.
    let name: String
    let layers: [(path: String, layer: any CompressibleLayer)]

    /// Weights, each shared one counted once.
    var parameterCount: Int {
        var seen: Set<ObjectIdentifier> = []
        return layers.reduce(0) { sum, entry in
            guard let parameter = entry.layer.weight.parameter, seen.insert(ObjectIdentifier(parameter)).inserted else {
                return sum
            }
            return sum + parameter.shape.elementCount
        }
    }

    /// The units of a network, in its order.
    static func all(in network: any Module, by grouping: UnitGrouping) -> [WeightUnit] {
        var units: [(name: String, layers: [(path: String, layer: any CompressibleLayer)])] = [],
            places: [String: Int] = [:]
        var owners: [ObjectIdentifier: Int] = [:]
        for (path, module) in network.namedModules {
            guard let layer = module as? any CompressibleLayer, let parameter = layer.weight.parameter else { continue }
            let name = grouping.name(of: path),
                place = owners[ObjectIdentifier(parameter)] ?? places[name] ?? units.count
            if place == units.count { units.append((name, [])) }
            units[place].layers.append((path, layer))
            (places[name], owners[ObjectIdentifier(parameter)]) = (place, place)
        }
        return units.map { WeightUnit(name: $0.name, layers: $0.layers) }
    }
}

/// What is measured, and decided, as one.
public enum UnitGrouping: String, Sendable, Hashable, CaseIterable {
    /// Each layer by itself.
    case layer
    /// Layers whose paths are the same up to the first number (`bert.encoder.layer.3`, `layer1.0`), and every other
    /// layer by itself.
    case block

    func name(of path: String) -> String {
        guard self == .block else { return path }
        let parts = path.split(separator: ".")
        guard let number = parts.firstIndex(where: { Int($0) != nil }) else { return path }
        return parts[...number].joined(separator: ".")
    }
}

/// The weights of a network, as some choice leaves them, until they are put back.
final class WeightTrial {
    private let rounding: WeightRounding
    private var restorers: [() -> Void] = []

    init(_ rounding: WeightRounding) { self.rounding = rounding }

    /// Lets the layers of `unit` compute with what `choice` leaves of their weights.
    /// - Returns: whether it can be done.
    @discardableResult
    func apply(_ choice: WeightChoice, to unit: WeightUnit) -> Bool {
        var values: [TransformedTensors] = []
        for (_, layer) in unit.layers {
            guard let tensors = rounding.values(of: layer, as: choice) else { return false }
            values.append(tensors)
        }
        for (entry, tensors) in zip(unit.layers, values) {
            restorers.append(entry.layer.replaceWeight(by: tensors.weight))
        }
        return true
    }

    /// Gives every layer the weight that it had, the very same one.
    func restore() {
        restorers.reversed().forEach { $0() }
        restorers = []
    }
}

extension CompressibleLayer {
    /// Computes with `values` from now on.
    /// - Returns: what puts the weight back.
    fileprivate func replaceWeight(by values: Tensor) -> () -> Void {
        let original = weight
        weight = .dense(Parameter(values, isTrainable: false))
        return { self.weight = original }
    }
}
