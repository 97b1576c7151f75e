import LatheNN
import LatheTensor

/// The steps of a network of convolutions: operations that are computed at once are one step.
struct ImagePlan {
    struct Stage {
        enum Operation {
            case input(channels: Int)
            /// `activation(convolution + residual)`
            case convolve(ImageConvolution, residual: Int?, activation: Activation)
            case maxPool(size: Int, stride: Int, padding: Int)
            case mean
        }

        var operation: Operation
        /// The stage that it reads.
        var input: Int?
    }

    private(set) var stages: [Stage] = []

    /// - Parameter nodes: operations, the last of which gives the output.
    /// - Returns: `nil` if programs of images do not have the network.
    init?(_ nodes: [ImageGraph.Node]) {
        guard case .input? = nodes.first?.operation, nodes.last?.operation == .mean else { return nil }
        guard let joined = JoinedConvolutions(nodes) else { return nil }
        var stageOfNode: [Int: Int] = [:]
        for (index, node) in nodes.enumerated() {
            let operation: Stage.Operation
            var input = node.inputs.first
            switch node.operation {
            case .input(let channels):
                guard index == 0 else { return nil }
                operation = .input(channels: channels)
            case .maxPool(let size, let stride, let padding):
                operation = .maxPool(size: size, stride: stride, padding: padding)
            case .mean:
                guard index == nodes.count - 1 else { return nil }
                operation = .mean
            case .convolve, .sum, .activate:
                guard let join = joined.endingAt[index] else { continue }
                guard case .convolve(let convolution) = nodes[join.convolution].operation else { return nil }
                input = nodes[join.convolution].inputs[0]
                let residual = join.residual.flatMap { stageOfNode[$0] }
                guard (residual == nil) == (join.residual == nil) else { return nil }
                operation = .convolve(convolution, residual: residual, activation: join.activation)
            }
            let inputStage = input.flatMap { stageOfNode[$0] }
            guard (inputStage == nil) == (input == nil) else { return nil }
            stageOfNode[index] = stages.count
            stages.append(Stage(operation: operation, input: inputStage))
        }
    }
}

/// Which sums and activations a convolution computes with its result.
private struct JoinedConvolutions {
    struct Join {
        var convolution: Int
        var residual: Int?
        var activation: Activation
    }

    /// By the node whose result it is.
    private(set) var endingAt: [Int: Join] = [:]

    /// - Returns: `nil` if a sum or an activation is left over.
    init?(_ nodes: [ImageGraph.Node]) {
        var uses = Array(repeating: 0, count: nodes.count)
        for input in nodes.flatMap(\.inputs) { uses[input] += 1 }
        for (index, node) in nodes.enumerated() {
            switch node.operation {
            case .convolve: endingAt[index] = Join(convolution: index, residual: nil, activation: .identity)
            case .sum:
                // The later one, since the other has to be there before.
                let own = node.inputs.filter { uses[$0] == 1 && endingAt[$0]?.takesMore == true }.max()
                guard let own, var join = endingAt.removeValue(forKey: own),
                    let other = node.inputs.first(where: { $0 != own })
                else { return nil }
                join.residual = other
                endingAt[index] = join
            case .activate(let activation):
                let input = node.inputs[0]
                guard activation == .relu, uses[input] == 1, endingAt[input]?.activation == .identity,
                    var join = endingAt.removeValue(forKey: input)
                else { return nil }
                join.activation = activation
                endingAt[index] = join
            default: break
            }
        }
    }
}

extension JoinedConvolutions.Join {
    /// Whether a sum can still be added.
    fileprivate var takesMore: Bool { residual == nil && activation == .identity }
}
