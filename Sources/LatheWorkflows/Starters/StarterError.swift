import LatheFiles

/// Why no starting config fits a model.
public enum StarterError: DescribedError, Equatable, Sendable {
    /// Weights lie in few bits already.
    case packed(model: String)
    /// Layers differ in size already.
    case pruned(model: String, goal: StarterGoal)
    /// A transformer without layers to leave out.
    case oneLayer(model: String)
    /// A network of which nothing is known to shrink.
    case nothingToShrink(model: String, goal: StarterGoal)

    public var description: String {
        switch self {
        case .packed(let model):
            "\(model): its weights lie in few bits already; name the float model that it was made of"
        case .pruned(let model, let goal):
            "\(model): it is pruned already, and \(goal.rawValue) begins with equal layers; name the model that it was made of"
        case .oneLayer(let model):
            "\(model): it has one layer, and half-size leaves out every second one; take pruned, or int8"
        case .nothingToShrink(let model, let goal):
            "\(model): its blocks do not state what \(goal.rawValue) could take out of them; take int8"
        }
    }
}
