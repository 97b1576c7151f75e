import LatheModels
import LatheNN
import LatheTensor

/// A network under compression: the techniques of a config attached to its layers, switched on by the schedule, and made permanent in the end.
///
/// ```swift
/// let compression = try Compression(config.compression, of: model, file: "w8a8.json")
/// compression.attach()
/// for step in 0..<totalSteps {
///     compression.follow(step: step)
///     try compression.prepare(step: step) { … }    // forward, backward, as in evaluation
///     …    // forward, backward
///     compression.observeGradients(step: step)
///     …    // update
/// }
/// let cleaned = compression.clean()
/// ```
public final class Compression {
    public let config: CompressionConfig
    public let model: PretrainedModel
    public let schedule: CompressionSchedule
    public let selection: ModuleSelection
    private let methods: [any CompressionMethod]

    /// - Parameters:
    ///   - start: how scores that training changes begin.
    ///   - file: what messages call the config.
    /// - Throws: `CompressionConfigError` with everything that does not fit the model. Nothing is attached then.
    public init(
        _ config: CompressionConfig, of model: PretrainedModel, scores start: ScoreStart = .magnitude, file: String
    ) throws(CompressionConfigError) {
        self.config = config
        self.model = model
        schedule = CompressionSchedule(config)
        selection = ModuleSelection(config, modules: model.network.compressibleModules)
        try selection.validate(file: file)
        let layers = SelectedLayers(selection, model.network)
        let problems = FitCheck(config, layers, model.network).problems
        if !problems.isEmpty { throw .invalid(file: file, problems: problems) }
        methods = Self.methods(config, schedule, layers, start, model.network)
    }

    /// The techniques, in the order in which they are made permanent.
    private static func methods(
        _ config: CompressionConfig, _ schedule: CompressionSchedule, _ layers: SelectedLayers, _ start: ScoreStart, _ network: any Module
    ) -> [any CompressionMethod] {
        config.enabledTechniques.map { technique in
            let layers = layers.of(technique)
            switch technique {
            case .weightQuantization: return WeightQuantizationMethod(config.weightQuantization, schedule, layers, in: network)
            case .activationQuantization: return ActivationQuantizationMethod(config.activationQuantization, layers)
            case .sparsePruning:
                if case .snipMomentum(let snip) = config.sparsePruning.method {
                    return SnipMomentumMethod(snip, RenewalSchedule(snip, offset: config.sparsePruning.scheduleOffset), layers)
                }
                return SparsePruningMethod(config.sparsePruning, layers, start: start)
            case .rowPruning: return RowPruningMethod(config.rowPruning, layers, start: start)
            case .headPruning: return HeadPruningMethod(config.headPruning, layers, start: start)
            case .channelPruning: return ChannelPruningMethod(config.channelPruning, layers, start: start)
            }
        }
    }

    /// What is done to which layer, technique by technique.
    public var actions: [LayerAction] { methods.flatMap(\.actions) }

    /// Attaches all transforms; none is in force before `follow(step:)` says so.
    public func attach() { methods.forEach { $0.attach() } }

    /// Puts in force what belongs to the training step after `step` steps: `TrainingHooks.didReach`.
    public func follow(step: Int) { methods.forEach { $0.follow(step: step) } }

    /// Measures what the schedule depends on, where it does: `TrainingHooks.willCompute`. Bits that follow the curvature of the loss need it before each step.
    /// - Parameter addGradients: adds the gradients of the step's loss, at the parameters' present values and without dropout, to `Parameter.gradient`.
    /// - Throws: what `addGradients` throws.
    public func prepare(step: Int, addGradients: () throws -> Void) throws {
        for method in methods { try method.prepare(step: step, addGradients: addGradients) }
    }

    /// The curvature that `prepare(step:addGradients:)` measured last: the largest eigenvalue of each block's Hessian as a share of the largest of all.
    public var lastCurvature: (step: Int, eigenvalues: [Double])? {
        methods.lazy.compactMap { ($0 as? WeightQuantizationMethod)?.lastCurvature }.first
    }

    /// Takes note of the gradients after `step` steps, before the optimizer uses them: `TrainingHooks.willUpdate`.
    /// - Parameter scale: what the optimizer multiplies them by.
    public func observeGradients(step: Int, scale: Float = 1) { methods.forEach { $0.observeGradients(step: step, scale: scale) } }

    /// Puts everything in force, with the bits and masks of the end, as cleaning does.
    public func finish() { follow(step: max(schedule.lastChange, schedule.lastBeginning).addingClamped(1)) }

    /// Makes everything permanent: weights keep what their transforms made of them, and pruned rows, heads and channels leave where related modules say so.
    /// Inputs go on being quantised. A head that computed with the word embedding's table has a weight of its own when transforms stood on one of the two.
    /// - Returns: the model with its new sizes.
    public func clean() -> CleanedModel {
        finish()
        let wasTied = model.network.sharesParameters
        let quantized = model.network.namedModules.filter { _, module in
            (module as? any ShapeableLayer)?.weightTransforms.contains { $0 is WeightQuantizer } ?? false
        }
        for (_, module) in model.network.namedModules { (module as? any ShapeableLayer)?.bakeWeight() }
        let context = CleaningContext(model.network, model.configuration)
        for method in methods { method.shrink(context) }
        var configuration = wasTied && !model.network.sharesParameters ? model.configuration.withHead(tied: false) : model.configuration
        configuration.pruned = context.pruned
        return CleanedModel(
            model: PretrainedModel(configuration, model.network, directory: model.directory), notes: context.notes,
            hasBorderDifference: context.hasBorderDifference, quantizedLayers: quantized.map(\.path))
    }
}

extension Module {
    /// Whether a parameter stands in two places.
    fileprivate var sharesParameters: Bool { namedParameters.count > parameters.count }

    /// What patterns of a config can hit, in the order of the network.
    public var compressibleModules: [CompressibleModule] {
        namedModules.compactMap { path, module in
            switch module {
            case is Linear: CompressibleModule(path, .linear)
            case is Conv2d: CompressibleModule(path, .convolution)
            case is Embedding: CompressibleModule(path, .embedding)
            case is BatchNorm2d: CompressibleModule(path, .batchNorm)
            default: nil
            }
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
                (modules[path] as? any ShapeableLayer).map { layer in
                    SelectedLayer(
                        path: path, group: match.group ?? "", layer: layer, related: related.compactMap { path in modules[path].map { (path, $0) } })
                }
            }
        }
    }
}
