import LatheNN

/// What a config would do to a model, layer by layer, without training.
///
/// Sizes before are those of f32; sizes after count the bits that the values need: codes of a quantised weight with a
/// 4-byte scale for each group (and a zero point for asymmetric ones), what is left of a sparse weight with a bit for
/// each place, everything else in f32.
public struct CompressionPlan: Sendable {
    /// One layer with a weight.
    public struct Layer: Sendable {
        public let path: String
        public let shapeBefore: [Int]
        public let shapeAfter: [Int]
        /// What takes it, in the order in which it is made permanent.
        package let actions: [LayerAction]
        public let parametersBefore: Int
        public let parametersAfter: Int
        public let bytesBefore: Int
        public let bytesAfter: Int
    }

    /// Every layer that a config could name, in the order of the model.
    public let layers: [Layer]
    /// Bytes of the whole model in f32.
    public let bytesBefore: Int
    /// Bytes that the whole model's values need after compression.
    public let bytesAfter: Int
    public let parametersBefore: Int
    public let parametersAfter: Int
    /// What is worth knowing before training.
    public let warnings: [String]

    /// - Parameters:
    ///   - compression: what would be done; it need not be attached.
    ///   - totalSteps: the steps of training, for what the schedule would miss; nil for no training.
    ///   - notes: what is worth knowing besides.
    public init(_ compression: Compression, totalSteps: Int? = nil, notes: [String] = []) {
        let network = compression.network
        let sizes = PlannedSizes(compression, totalSteps: totalSteps)
        layers = network.namedModules.compactMap { path, module in
            (module as? any CompressibleLayer).flatMap { sizes.layer(path, $0) }
        }
        parametersBefore = network.parameterCount
        bytesBefore = 4 * parametersBefore
        // What no config can name (normalisations, position tables of some models) stays as it is, but for channels
        // that go.
        let rest = sizes.removedNormParameters
        parametersAfter = parametersBefore - layers.reduce(0) { $0 + $1.parametersBefore - $1.parametersAfter } - rest
        bytesAfter = bytesBefore - layers.reduce(0) { $0 + $1.bytesBefore - $1.bytesAfter } - 4 * rest
        var warnings = compression.selection.notes.map(\.description)
        if let totalSteps { warnings += compression.schedule.warnings(totalSteps: totalSteps).map(\.description) }
        warnings += RelatedModules.proposals(for: compression)
        self.warnings = warnings + notes
    }
}

/// The sizes of layers after compression.
private struct PlannedSizes {
    private let compression: Compression
    private let actions: [String: [LayerAction]]
    /// Sizes of the first two axes that change, by path.
    private var outputs: [String: Int] = [:]
    private var inputs: [String: Int] = [:]
    private(set) var removedNormParameters = 0
    private let totalSteps: Int?
    /// The techniques that the saved model has.
    private let reached: [Technique]
    /// Layers whose weight another layer has too, which is listed before, and whether it becomes a weight of their own.
    private var ties: [String: Bool] = [:]

    init(_ compression: Compression, totalSteps: Int?) {
        (self.compression, self.totalSteps) = (compression, totalSteps)
        reached = totalSteps.map { compression.schedule.techniques(after: $0) } ?? compression.config.enabledTechniques
        actions = Dictionary(grouping: compression.actions, by: \.path)
        ties = Self.ties(compression, actions)
        let layers = SelectedLayers(compression.selection, compression.network)
        let config = compression.config
        for layer in layers.of(.rowPruning) where reached.contains(.rowPruning) {
            let kept = Self.kept(config.rowPruning.groups, layer, of: layer.weightShape[0])
            if !layer.related.isEmpty { outputs[layer.path] = kept }
            for (path, _) in layer.related { inputs[path] = kept }
        }
        for layer in layers.of(.headPruning) where reached.contains(.headPruning) {
            guard let heads = config.headPruning.headCount, !layer.related.isEmpty else { continue }
            let kept = Self.kept(config.headPruning.groups, layer, of: heads), size = layer.weightShape[1] / heads
            inputs[layer.path] = kept * size
            for (path, module) in layer.related {
                guard let producer = module.linearLayer else { continue }
                outputs[path] = kept * size * max(1, producer.outputs / (heads * size))
            }
        }
        for layer in layers.of(.channelPruning) where reached.contains(.channelPruning) && !layer.related.isEmpty {
            let channels = layer.weightShape[0], kept = Self.kept(config.channelPruning.groups, layer, of: channels)
            outputs[layer.path] = kept
            for (path, module) in layer.related {
                if module is BatchNorm2d { removedNormParameters += 4 * (channels - kept) } else { inputs[path] = kept }
            }
        }
    }

    /// A weight that transforms shape in one of its layers is baked there alone, unless others shape it alike.
    private static func ties(_ compression: Compression, _ actions: [String: [LayerAction]]) -> [String: Bool] {
        let isRandom = compression.config.weightQuantization.rounding == .stochastic
        var ties: [String: Bool] = [:]
        for owners in SharedWeights(compression.network).groups {
            let shapings = owners.map { owner in
                (actions[owner.path] ?? []).filter { $0.technique != .activationQuantization }
            }
            let parts = shapings.contains { !$0.isAlike(shapings[0]) || isRandom && !$0.isEmpty }
            for owner in owners.dropFirst() { ties[owner.path] = parts }
        }
        return ties
    }

    private static func kept(
        _ groups: [CompressionConfig.Group<CompressionConfig.Density>], _ layer: SelectedLayer, of count: Int
    ) -> Int {
        let ratio = groups.first { $0.name == layer.group }?.parameters.ratio ?? 1
        return Int((ratio * Double(count)).rounded(.up))
    }

    func layer(_ path: String, _ layer: some CompressibleLayer) -> CompressionPlan.Layer? {
        guard let before = layer.weight.parameter?.shape else { return nil }
        var after = before
        if let count = outputs[path] { after[0] = count }
        if let count = inputs[path] { after[1] = count }
        let hasBias = layer.bias != nil, mine = actions[path] ?? []
        func parameters(_ shape: [Int], isOwn: Bool) -> Int {
            (isOwn ? shape.elementCount : 0) + (hasBias ? shape[0] : 0)
        }
        let isOwn = ties[path] == nil, becomesOwn = ties[path] ?? true
        let parametersBefore = parameters(before, isOwn: isOwn)
        return CompressionPlan.Layer(
            path: path, shapeBefore: before, shapeAfter: after, actions: mine, parametersBefore: parametersBefore,
            parametersAfter: parameters(after, isOwn: becomesOwn), bytesBefore: 4 * parametersBefore,
            bytesAfter: (becomesOwn ? bytes(after, layer, mine) : 0) + (hasBias ? 4 * after[0] : 0))
    }

    /// Bytes that the values of a weight need.
    private func bytes(_ shape: [Int], _ layer: some CompressibleLayer, _ actions: [LayerAction]) -> Int {
        let config = compression.config, count = shape.elementCount,
            actions = actions.filter { reached.contains($0.technique) }
        var bits = 32.0, scales = 0
        if let action = actions.first(where: { $0.technique == .weightQuantization }),
            let group = config.weightQuantization.groups.first(where: { $0.name == action.group })
        {
            let count =
                totalSteps.flatMap { compression.schedule.bits(of: group, at: $0) } ?? group.parameters.targetBits
            // Ternary weights lie as five a byte.
            bits = count == 2 ? 1.6 : Double(count)
            let groups =
                layer.kind == .embedding && config.weightQuantization.isInForward
                ? shape[0] : config.weightQuantization.groupCount
            scales = groups * (config.weightQuantization.grid == .symmetric ? 4 : 8)
        }
        guard let action = actions.first(where: { $0.technique == .sparsePruning }) else {
            return Int((Double(count) * bits / 8).rounded(.up)) + scales
        }
        let density = density(action)
        return Int((Double(count) * (density * bits + 1) / 8).rounded(.up)) + scales
    }

    private func density(_ action: LayerAction) -> Double {
        if case .snipMomentum(let snip) = compression.config.sparsePruning.method { return snip.denseRatio }
        return compression.config.sparsePruning.groups.first { $0.name == action.group }?.parameters.ratio ?? 1
    }
}

extension [LayerAction] {
    /// Whether these do to a weight what others do to it.
    fileprivate func isAlike(_ others: [LayerAction]) -> Bool {
        func isRounding(_ action: LayerAction) -> Bool { action.technique == .weightQuantization }
        return allSatisfy(isRounding) && others.allSatisfy(isRounding) && map(\.summary) == others.map(\.summary)
            && map(\.firstStep) == others.map(\.firstStep)
    }
}
