import LatheModels
import LatheNN

/// What of a network a starting config names: patterns of its layers, and their sizes.
struct StarterNetwork {
    /// A layer whose rows, heads or channels can go, and the layers that shrink along with it.
    struct Family {
        let pattern: String
        let related: [String]
    }

    /// The linear layers and convolutions that are quantised, as networks name them (`LowBitLayers`).
    let layers: [String]
    /// The table of words, and the layer that guesses words with the same table, where there is one.
    var words: [String] = []
    /// That layer.
    var guessing: [String] { Array(words.dropFirst()) }
    /// Heads of an attention; nil where there are none, or one.
    var headCount: Int?
    var heads: Family?
    var rows: Family?
    var channels: [Family] = []
    /// Equal layers, what leads to them, and what stands beside them.
    var layerCount = 0
    var stack = ""
    var beside: [String] = []
    /// Scales of a weight: a row each in the narrowest layer; one for pruned layers, whose rows have no number in common.
    private(set) var groupCount: Int
    /// Whether it reads images.
    var readsImages = false

    init(_ configuration: ModelConfiguration) {
        switch configuration.sizes {
        case .bert(let sizes): self.init(sizes, configuration)
        case .patchEncoder(let sizes): self.init(sizes, configuration)
        case .gpt2(let sizes): self.init(sizes, configuration)
        case .resnet(let sizes): self.init(sizes)
        }
        if !configuration.pruned.isEmpty { groupCount = 1 }
    }

    private init(_ sizes: BertConfiguration, _ configuration: ModelConfiguration) {
        let names: EncoderPatterns = sizes.family == .distilBert ? .distilBert : .bert
        (layers, words) = (sizes.lowBitLayers.layers, sizes.lowBitLayers.embeddings)
        groupCount = greatestCommonDivisor(sizes.encoder.hiddenSize, sizes.encoder.intermediateSize)
        (rows, heads) = (names.rows, names.heads)
        describe(configuration, layers: sizes.encoder.layerCount, heads: sizes.encoder.headCount, stackEnd: "layer")
    }

    private init(_ sizes: PatchEncoderConfiguration, _ configuration: ModelConfiguration) {
        let names = EncoderPatterns.bert
        layers = sizes.lowBitLayers.layers
        groupCount = greatestCommonDivisor(sizes.encoder.hiddenSize, sizes.encoder.intermediateSize)
        (rows, heads, readsImages) = (names.rows, names.heads, true)
        describe(configuration, layers: sizes.encoder.layerCount, heads: sizes.encoder.headCount, stackEnd: "layer")
    }

    private init(_ sizes: GPT2Configuration, _ configuration: ModelConfiguration) {
        (layers, words) = (sizes.lowBitLayers.layers, sizes.lowBitLayers.embeddings)
        groupCount = greatestCommonDivisor(sizes.hiddenSize, sizes.intermediateSize ?? 4 * sizes.hiddenSize)
        heads = Family(pattern: "attn.c_proj", related: ["attn.c_attn"])
        rows = Family(pattern: "mlp.c_fc", related: ["mlp.c_proj"])
        describe(configuration, layers: sizes.layerCount, heads: sizes.headCount, stackEnd: "h")
    }

    private init(_ sizes: ResNetConfiguration) {
        (layers, readsImages) = (sizes.lowBitLayers.layers, true)
        // Every convolution has a multiple of these channels.
        groupCount = sizes.baseChannels
        channels = (1..<(sizes.block == .basic ? 2 : 3)).map { number in
            let norm = sizes.hasBatchNorm ? [#"layer\d\.\d+\.bn\#(number)"#] : []
            return Family(pattern: #"layer\d\.\d+\.conv\#(number)"#, related: norm + [#"layer\d\.\d+\.conv\#(number + 1)"#])
        }
    }

    /// Reads from a narrow network of the same kind how its parameters are called.
    private mutating func describe(_ configuration: ModelConfiguration, layers: Int, heads: Int, stackEnd: String) {
        layerCount = layers
        headCount = heads > 1 ? heads : nil
        let network = PretrainedModel(configuration.narrow).network
        if let table = network.namedModules.lazy.compactMap({ ($0.module as? Embedding)?.weight.parameter }).first {
            words += network.namedModules.compactMap { path, module in (module as? Linear)?.weight.parameter === table ? path : nil }
        }
        let paths = network.namedParameters.map { $0.path.split(separator: ".").map(String.init) }
        let places = paths.compactMap { path in path.dropLast().firstIndex(of: stackEnd).flatMap { path[$0 + 1] == "0" ? path[...$0] : nil } }
        guard let place = places.first else { preconditionFailure("a transformer's layers are numbered") }
        let body = place.dropLast(stackEnd == "h" ? 1 : 2)
        stack = place.joined(separator: ".")
        for path in paths where !path.starts(with: place) {
            // `bert.embeddings`, and what stands beside `bert`.
            let name = path.prefix(!body.isEmpty && path.starts(with: body) ? body.count + 1 : 1).joined(separator: ".")
            if !beside.contains(name) { beside.append(name) }
        }
    }
}

/// The parts of an encoder's layer that can shrink.
private struct EncoderPatterns {
    let rows, heads: StarterNetwork.Family

    static let bert = EncoderPatterns(
        rows: .init(pattern: "intermediate.dense", related: [#"layer\.\d+\.output.dense"#]),
        heads: .init(pattern: "attention.output.dense", related: ["self.query", "self.key", "self.value"]))
    static let distilBert = EncoderPatterns(
        rows: .init(pattern: "ffn.lin1", related: ["ffn.lin2"]), heads: .init(pattern: "out_lin", related: ["q_lin", "k_lin", "v_lin"]))
}

extension ModelConfiguration {
    /// The same network with a value or two per token: its modules are called the same.
    fileprivate var narrow: ModelConfiguration {
        var result = self
        (result.pruned, result.quantization) = (.init(), nil)
        switch sizes {
        case .bert(var sizes):
            sizes.encoder.narrow()
            result.sizes = .bert(sizes)
        case .patchEncoder(var sizes):
            sizes.encoder.narrow()
            result.sizes = .patchEncoder(sizes)
        case .gpt2(var sizes):
            (sizes.hiddenSize, sizes.headCount, sizes.layerCount, sizes.intermediateSize) = (1, 1, 1, 1)
            result.sizes = .gpt2(sizes)
        case .resnet: break
        }
        return result
    }
}

extension EncoderConfiguration {
    fileprivate mutating func narrow() { (hiddenSize, headCount, layerCount, intermediateSize) = (1, 1, 1, 1) }
}

private func greatestCommonDivisor(_ left: Int, _ right: Int) -> Int { right == 0 ? left : greatestCommonDivisor(right, left % right) }
