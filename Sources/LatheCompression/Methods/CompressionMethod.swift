import LatheNN
import LatheTensor

/// One technique at work on a network: it knows its layers, follows the schedule, and makes itself permanent.
///
/// Adding a technique means adding a type like these and naming it in `Compression.methods`.
protocol CompressionMethod: AnyObject {
    var technique: Technique { get }
    /// What it does to which layer, in the order of the network.
    var actions: [LayerAction] { get }

    /// Attaches its transforms to the layers; none is in force yet.
    func attach()
    /// Puts in force what belongs to the training step after `step` steps.
    func follow(step: Int)
    /// Called before each training step, when restored parameters are in place.
    /// - Parameter addGradients: adds the gradients of the step's loss, at the parameters' present values, to
    ///   `Parameter.gradient`.
    func prepare(step: Int, addGradients: () throws -> Void) throws
    /// Called after all weights were baked: takes away dimensions of layers where it is in force, if it does such a
    /// thing.
    func shrink(_ context: CleaningContext)
    /// What it needs of the gradients after `step` steps, before the optimizer uses them.
    /// - Parameter scale: what the optimizer multiplies them by.
    func observeGradients(step: Int, scale: Float)
}

extension CompressionMethod {
    func prepare(step: Int, addGradients: () throws -> Void) throws {}
    func shrink(_ context: CleaningContext) {}
    func observeGradients(step: Int, scale: Float) {}
}

/// What a technique does to a layer.
package struct LayerAction: Sendable, Hashable {
    public let technique: Technique
    /// The group of the config that named the layer.
    public let group: String
    public let path: String
    /// In words: `8 bits, symmetric, 48 groups`.
    public let summary: String
    /// The first step, counted from 0, that it is in force.
    public let firstStep: Int
    /// Layers that shrink along with it.
    public let related: [String]
}

/// A layer that a technique takes.
struct SelectedLayer {
    let path: String
    let group: String
    let layer: any CompressibleLayer
    /// Layers that shrink along with it.
    let related: [(path: String, module: any Module)]

    /// `[outputs, …]`
    var weightShape: [Int] { layer.weight.parameter?.shape ?? [] }
    /// The weight as it is now, without transforms.
    var denseWeight: Tensor { layer.weight.parameter?.detached ?? .zeros([]) }
}
