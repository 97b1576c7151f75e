import LatheFiles
import LatheTensor

/// Takes note of the values that come to a layer, which it lets pass as they are.
package final class ActivationObserver: ActivationTransform {
    package var isActive = true
    private let values = Guarded(ValueHistogram())

    package init() {}

    /// What has come so far.
    package var tally: ValueHistogram { values.withLock { $0 } }

    package func callAsFunction(_ input: LinearInput, rowCount: Int) -> LinearInput {
        values.withLock { $0.add(input.tensor) }
        return input
    }
}

extension Module {
    /// The activations that each layer with a product reads, before they are quantised, while `body` runs the network;
    /// without layers that did not run. The network computes what it would without being watched.
    package func observingInputs(while body: () throws -> Void) rethrows -> [String: ValueHistogram] {
        let observers = namedModules.compactMap { path, module in
            (module as? any ProductLayer).map { (path: path, layer: $0, observer: ActivationObserver()) }
        }
        for (_, layer, observer) in observers { layer.activationTransforms.prepend(observer) }
        defer {
            for (_, layer, observer) in observers { layer.activationTransforms.removeAll { $0 === observer } }
        }
        try body()
        return observers.reduce(into: [:]) { found, observed in
            let tally = observed.observer.tally
            if tally.extremes != nil { found[observed.path] = tally }
        }
    }
}
