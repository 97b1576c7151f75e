import LatheFiles
import LatheNN
import LatheTensor

/// Runs a network's convolutions as a program for images whose channels are last, in inference. The program is made at
/// the first images, and again after a weight has changed.
final class ImageInference {
    fileprivate struct Compiled {
        var nodes: [ImageGraph.Node]
        /// `nil` if programs do not have the network.
        var plan: ImagePlan?
        var weights: [WeightKey: ImageWeight] = [:]
        var programs: [ProgramKey: ImageProgram] = [:]
    }

    fileprivate struct WeightKey: Hashable {
        let stage: Int
        let precision: Precision
    }

    fileprivate struct ProgramKey: Hashable {
        let height: Int
        let width: Int
        let precision: Precision
    }

    /// Programs for so many sizes of images are kept.
    fileprivate static let programLimit = 8

    private let compiled = Guarded<Compiled?>(nil)

    /// - Parameters:
    ///   - images: `[batch, channels, height, width]`.
    ///   - describe: adds the network's operations to a graph; the last one is the mean of each channel.
    /// - Returns: `[batch, channels]`; `nil` where the network computes itself: in training, where gradients are
    ///   recorded, and with layers that programs do not have.
    func callAsFunction(_ images: Tensor, describe: (ImageGraph) throws -> Void) -> Tensor? {
        guard !Execution.current.isTraining, !Execution.current.recordsGradients, images.rank == 4,
            images.dtype == .float32, images.shape[0] > 0
        else { return nil }
        let graph = ImageGraph()
        guard (try? describe(graph)) != nil, graph.isSupported else { return nil }
        guard case .input(images.shape[1])? = graph.nodes.first?.operation else { return nil }
        let program = compiled.withLock { compiled in
            if compiled?.nodes != graph.nodes {
                compiled = Compiled(nodes: graph.nodes, plan: ImagePlan(graph.nodes))
            }
            return compiled?.program(for: images)
        }
        return program.map { $0(images) }
    }
}

extension ImageInference.Compiled {
    fileprivate mutating func program(for images: Tensor) -> ImageProgram? {
        guard let plan else { return nil }
        let precision = Execution.current.precision ?? .float32
        let key = ImageInference.ProgramKey(height: images.shape[2], width: images.shape[3], precision: precision)
        if let program = programs[key] { return program }
        var weights = weights
        var builder = ImageProgramBuilder(plan, precision: precision) { stage, convolution in
            // Codes are the same in every precision.
            let key = ImageInference.WeightKey(
                stage: stage, precision: convolution.product == .floats ? precision : .float32)
            let weight = weights[key] ?? convolution.makeWeight(precision: precision)
            weights[key] = weight
            return weight
        }
        let program = builder.program(height: key.height, width: key.width)
        self.weights = weights
        if programs.count >= ImageInference.programLimit { programs.removeAll() }
        programs[key] = program
        return program
    }
}
