import LatheModels
import LatheNN
import LathePacking
import LatheTensor

/// A network under compression: the techniques of a config attached to its layers, switched on by the schedule, and
/// made permanent in the end.
///
/// ```swift
/// let compression = try Compression(config.compression, of: network, file: "w8a8.json")
/// try compression.train(network, on: task, options: options)
/// let cleaned = compression.clean()
/// for note in cleaned.pack() { print(note) }
/// try cleaned.save(to: "small.safetensors")
/// ```
///
/// A training loop of one's own calls what ``train(_:on:options:into:hooks:)`` calls:
///
/// ```swift
/// compression.attach()
/// for step in 0..<totalSteps {
///     compression.follow(step: step)
///     try compression.prepare(step: step) { … }    // forward, backward, as in evaluation
///     …    // forward, backward
///     compression.observeGradients(step: step)
///     …    // update
/// }
/// compression.finish(after: totalSteps)
/// let cleaned = compression.clean()
/// ```
public final class Compression {
    public let config: CompressionConfig
    /// What is compressed, in place.
    public let network: any Module
    /// The layers that pruning had made smaller before.
    public let prunedBefore: PrunedShapes
    /// How scores that training changes begin.
    public let scores: ScoreStart
    public let schedule: CompressionSchedule
    package let selection: ModuleSelection
    private let methods: [any CompressionMethod]
    /// Whether what is in force is what `clean()` makes permanent.
    private(set) var isFinished = false

    /// - Parameters:
    ///   - config: what is done to which layer.
    ///   - network: any network of linear layers, convolutions and embeddings. Patterns of the config match the paths
    ///     that its `@Child` names give them.
    ///   - pruned: what an earlier compression has left smaller, as `ModuleFile.load(_:into:)` tells it.
    ///   - scores: how scores that training changes begin.
    ///   - file: what messages call the config.
    /// - Throws: `CompressionConfigError` with everything that does not fit the network. Nothing is attached then.
    public init(
        _ config: CompressionConfig, of network: any Module, pruned: PrunedShapes = .init(),
        scores: ScoreStart = .standard, file: String
    ) throws(CompressionConfigError) {
        self.config = config
        self.network = network
        self.scores = scores
        prunedBefore = pruned
        schedule = CompressionSchedule(config)
        selection = ModuleSelection(config, modules: network.compressibleModules)
        try selection.validate(file: file)
        let layers = SelectedLayers(selection, network)
        let problems = FitCheck(config, layers, network).problems
        if !problems.isEmpty { throw .invalid(file: file, problems: problems) }
        methods = Self.methods(config, schedule, layers, scores, network)
    }

    /// The compression of a model with a configuration; ``CleanedNetwork/applied(to:)`` gives the model that it
    /// becomes.
    public convenience init(
        _ config: CompressionConfig, of model: PretrainedModel, scores: ScoreStart = .standard, file: String
    ) throws(CompressionConfigError) {
        try self.init(config, of: model.network, pruned: model.configuration.pruned, scores: scores, file: file)
    }

    /// The techniques, in the order in which they are made permanent.
    private static func methods(
        _ config: CompressionConfig, _ schedule: CompressionSchedule, _ layers: SelectedLayers, _ start: ScoreStart,
        _ network: any Module
    ) -> [any CompressionMethod] {
        config.enabledTechniques.map { technique in
            let layers = layers.of(technique)
            switch technique {
            case .weightQuantization:
                return WeightQuantizationMethod(config.weightQuantization, schedule, layers, in: network)
            case .activationQuantization: return ActivationQuantizationMethod(config.activationQuantization, layers)
            case .sparsePruning:
                if case .snipMomentum(let snip) = config.sparsePruning.method {
                    return SnipMomentumMethod(
                        snip, RenewalSchedule(snip, offset: config.sparsePruning.scheduleOffset), layers)
                }
                return SparsePruningMethod(config.sparsePruning, layers, start: start)
            case .rowPruning: return RowPruningMethod(config.rowPruning, layers, start: start)
            case .headPruning: return HeadPruningMethod(config.headPruning, layers, start: start, network: network)
            case .channelPruning: return ChannelPruningMethod(config.channelPruning, layers, start: start)
            }
        }
    }

    /// What is done to which layer, technique by technique.
    package var actions: [LayerAction] { methods.flatMap(\.actions) }

    /// Attaches all transforms; none is in force before `follow(step:)` says so.
    public func attach() { methods.forEach { $0.attach() } }

    /// Puts in force what belongs to the training step after `step` steps: `TrainingHooks.didReach`.
    public func follow(step: Int) {
        methods.forEach { $0.follow(step: step) }
        isFinished = false
    }

    /// Measures what the schedule depends on, where it does: `TrainingHooks.willCompute`. Bits that follow the
    /// curvature of the loss need it before each step.
    /// - Parameters:
    ///   - step: steps done.
    ///   - addGradients: adds the gradients of the step's loss, at the parameters' present values and without dropout,
    ///     to `Parameter.gradient`.
    /// - Throws: what `addGradients` throws.
    public func prepare(step: Int, addGradients: () throws -> Void) throws {
        for method in methods { try method.prepare(step: step, addGradients: addGradients) }
    }

    /// The curvature that `prepare(step:addGradients:)` measured last: the largest eigenvalue of each block's Hessian
    /// as a share of the largest of all.
    public var lastCurvature: (step: Int, eigenvalues: [Double])? {
        methods.lazy.compactMap { ($0 as? WeightQuantizationMethod)?.lastCurvature }.first
    }

    /// Takes note of the gradients after `step` steps, before the optimizer uses them: `TrainingHooks.willUpdate`.
    /// - Parameters:
    ///   - step: steps done.
    ///   - scale: what the optimizer multiplies them by.
    public func observeGradients(step: Int, scale: Float = 1) {
        methods.forEach { $0.observeGradients(step: step, scale: scale) }
    }

    /// Puts everything in force, with the bits and masks of the schedule's end.
    public func finish() { finish(after: max(schedule.lastChange, schedule.lastBeginning).addingClamped(1)) }

    /// Puts in force what belongs to the model after `steps` steps of training. `clean()` then leaves out what the
    /// schedule has not reached.
    public func finish(after steps: Int) {
        follow(step: steps)
        isFinished = true
    }

    /// Makes permanent what is in force after `finish(after:)`, or else everything: weights keep what their transforms
    /// made of them, and pruned rows, heads and channels leave where related modules say so. Inputs go on being
    /// quantised. A head that computed with the word embedding's table has a weight of its own unless both became the
    /// same.
    /// - Returns: the same network with its new sizes.
    public func clean() -> CleanedNetwork {
        if !isFinished { finish() }
        let wasTied = network.sharesParameters
        for (_, module) in network.namedModules { module.removeInactiveTransforms() }
        let quantized = network.namedModules.filter { _, module in
            (module as? any CompressibleLayer)?.weightTransforms.contains { $0 is WeightQuantizer } ?? false
        }
        let ties = SharedWeights(network)
        for (_, module) in network.namedModules {
            (module as? any CompressibleLayer)?.bakeWeight()
            MemoryPool.shared.trimLarge()
        }
        ties.restore()
        let context = CleaningContext(network, pruned: prunedBefore)
        for method in methods { method.shrink(context) }
        return CleanedNetwork(
            network: network, pruned: context.pruned, lostTie: wasTied && !network.sharesParameters,
            notes: context.notes,
            hasBorderDifference: context.hasBorderDifference, quantizedLayers: quantized.map(\.path))
    }
}

extension Module {
    /// Drops the transforms of a layer's weight and input that are not in force.
    fileprivate func removeInactiveTransforms() {
        (self as? any CompressibleLayer)?.removeTransforms { !$0.isActive }
        (self as? any ProductLayer)?.activationTransforms.removeAll { ($0 as? ActivationQuantizer)?.isActive == false }
    }

    /// Whether a parameter stands in two places.
    fileprivate var sharesParameters: Bool { namedParameters.count > parameters.count }

    /// What patterns of a config can hit, in the order of the network.
    package var compressibleModules: [CompressibleModule] {
        namedModules.compactMap { path, module in
            if let layer = module as? any CompressibleLayer { return CompressibleModule(path, .init(layer.kind)) }
            return module is BatchNorm2d ? CompressibleModule(path, .batchNorm) : nil
        }
    }
}

/// The layers that the techniques of a config take.
struct SelectedLayers {
    private let selection: ModuleSelection
    private let modules: [String: any Module]

    init(_ selection: ModuleSelection, _ network: any Module) {
        self.selection = selection
        modules = Dictionary(network.namedModules.map { ($0.path, $0.module) }) { first, _ in first }
    }

    /// The layers of one technique, in the order of the config's groups.
    func of(_ technique: Technique) -> [SelectedLayer] {
        selection.matches.filter { $0.technique == technique }.flatMap { match in
            match.families.compactMap { path, related in
                (modules[path] as? any CompressibleLayer).map { layer in
                    SelectedLayer(
                        path: path, group: match.group ?? "", layer: layer,
                        related: related.compactMap { path in modules[path].map { (path, $0) } })
                }
            }
        }
    }
}
