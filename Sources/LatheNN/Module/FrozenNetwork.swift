import LatheTensor

/// A network that does not change any more and can be shared: any number of threads run it at once, each with activations
/// and caches of its own, and with the results of a thread that runs alone.
///
/// ```swift
/// let classifier = FrozenNetwork(try PretrainedModel(directory: "sentiment").network)
/// await withTaskGroup { group in … classifier.run { network in network(batch) } … }
/// ```
///
/// The compiler makes sure that nobody else has the network: it is given away.
public struct FrozenNetwork<Network>: @unchecked Sendable {
    // Unchecked: nobody else has it, and what a forward pass changes in a network (weights that are laid out at their
    // first product) is behind locks.
    private let network: Network

    /// - Parameter network: is given away; it is not to be used, or changed, from elsewhere.
    public init(_ network: sending Network) {
        self.network = network
    }

    /// Runs the network as inference: nothing is recorded for gradients, and nothing is dropped.
    ///
    /// - Parameter body: computes something with the network, and neither changes it nor keeps it.
    public func run<Result>(_ body: (Network) throws -> Result) rethrows -> Result {
        try withInference { try body(network) }
    }
}
