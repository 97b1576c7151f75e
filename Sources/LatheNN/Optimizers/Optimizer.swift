import LatheTensor

/// Changes parameters by their gradients.
///
/// A parameter without a gradient, or one that is not trainable, is left alone altogether: no decay, no state, no
/// count. That differs from a gradient of zero.
public protocol Optimizer: AnyObject {
    /// The parameters; each is in one group only.
    var groups: [ParameterGroup] { get }
    /// The learning rate of the next step, which a schedule may change before each.
    var learningRate: Float { get set }

    /// Updates every parameter that has a gradient. Gradients stay; `clearGradients()` removes them.
    /// - Parameter gradientScale: what gradients are multiplied by first, as `clipGradients` returns it, or 1 over the
    ///   number of accumulated batches.
    func step(gradientScale: Float)
}

/// An optimizer whose memory of the steps so far a checkpoint can hold.
package protocol RestorableOptimizer: Optimizer {
    /// What is remembered of the steps so far.
    var state: OptimizerState { get set }
    /// The names of the tensors that are kept for each parameter, in the order of `OptimizerState.Entry.slots`.
    var slotNames: [String] { get }

    /// Updates one parameter; `step` calls this. It works on `entry` and leaves `state` alone.
    /// - Parameters:
    ///   - parameter: what is changed.
    ///   - gradient: of the parameter's shape.
    ///   - entry: its memory, `entry.step` being the number of this update, from 1 on.
    ///   - learningRate: of this update.
    ///   - weightDecay: of the parameter's group.
    ///   - gradientScale: what the gradient is multiplied by first.
    func update(
        _ parameter: Parameter, gradient: Tensor, entry: inout OptimizerState.Entry, learningRate: Float,
        weightDecay: Float, gradientScale: Float)
}

extension RestorableOptimizer {
    public func step(gradientScale: Float) {
        for group in groups {
            for (path, parameter) in group.parameters where parameter.isTrainable {
                guard let gradient = parameter.gradient else { continue }
                state.withEntry(at: path, slots: slotNames.count, shape: parameter.shape) { entry in
                    entry.step += 1
                    update(
                        parameter, gradient: gradient, entry: &entry,
                        learningRate: learningRate * group.learningRateScale,
                        weightDecay: group.weightDecay, gradientScale: gradientScale)
                }
            }
        }
    }
}

extension Optimizer {
    /// Updates every parameter by its gradient as it is.
    public func step() { step(gradientScale: 1) }

    /// Every parameter with its path.
    public var namedParameters: [(path: String, parameter: Parameter)] { groups.flatMap(\.parameters) }

    /// Removes the gradients of all parameters.
    public func clearGradients() {
        for (_, parameter) in namedParameters { parameter.gradient = nil }
    }
}

extension [ParameterGroup] {
    /// These groups, after a check that no parameter and no path stands in two of them.
    func checked() -> Self {
        var paths: Set<String> = [], parameters: Set<ObjectIdentifier> = []
        for (path, parameter) in flatMap(\.parameters) {
            precondition(
                paths.insert(path).inserted && parameters.insert(ObjectIdentifier(parameter)).inserted,
                "'\(path)' stands in two parameter groups")
        }
        return self
    }
}
