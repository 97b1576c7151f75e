import LatheTensor

/// Takes note of the values that come to a layer, which it lets pass as they are.
public final class InputObserver: InputTransform {
    public var isActive = true
    private let values = Guarded(ValueTally())

    public init() {}

    /// What has come so far.
    public var tally: ValueTally { values.withLock { $0 } }

    public func callAsFunction(_ input: LinearInput, rowCount: Int) -> LinearInput {
        values.withLock { $0.add(input.tensor) }
        return input
    }
}

extension Module {
    /// What comes to each linear layer and convolution, before its inputs are quantised, while `body` runs the network;
    /// without layers that did not run. The network computes what it would without being watched.
    public func observingInputs(while body: () throws -> Void) rethrows -> [String: ValueTally] {
        let observers = namedModules.compactMap { path, module in
            module is Linear || module is Conv2d ? (path: path, module: module, observer: InputObserver()) : nil
        }
        for (_, module, observer) in observers { module.changeInputTransforms { $0.prepend(observer) } }
        defer {
            for (_, module, observer) in observers { module.changeInputTransforms { $0.removeAll { $0 === observer } } }
        }
        try body()
        return observers.reduce(into: [:]) { found, observed in
            let tally = observed.observer.tally
            if tally.extremes != nil { found[observed.path] = tally }
        }
    }

    private func changeInputTransforms(_ change: (inout InputTransforms) -> Void) {
        switch self {
        case let linear as Linear: change(&linear.inputTransforms)
        case let convolution as Conv2d: change(&convolution.inputTransforms)
        default: break
        }
    }
}
