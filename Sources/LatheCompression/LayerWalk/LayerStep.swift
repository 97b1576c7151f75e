import LatheModels

/// A step of a `LayerWalk`: a method that changes a layer by its activations.
package protocol LayerStep {
    /// The result for a layer.
    associatedtype Result: LayerStepResult

    /// Whether the step reads the activations that the changed layers before give; otherwise it reads those of the float
    /// network, and layers do not depend on each other.
    var readsCompressedActivations: Bool { get }
    /// Changes the layer that is visited, in which compression is in force.
    func change(_ visit: LayerVisit) throws -> Result
    /// Receives the result for a layer that was changed and stored.
    func didChange(_ layer: Int, _ result: Result)
    /// Receives the result for a layer that an earlier run had changed.
    func didRestore(_ layer: Int, _ result: Result)
}

/// The result of a step for one layer, which the layer's file keeps as text.
package protocol LayerStepResult {
    var text: String { get }
    /// `nil` for another text than ``text`` returns.
    init?(text: String)
}
