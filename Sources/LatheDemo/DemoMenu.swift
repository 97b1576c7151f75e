import LatheFiles

/// One compressed model of the demo: which config does it, and how.
struct DemoEntry: Sendable {
    enum Way: Sendable {
        /// `lathe quantize`, with `--lkd` where `learnsLayers`.
        case quantize(learnsLayers: Bool)
        /// `lathe compress`, with `--distill one_stage` where `distils`.
        case compress(distils: Bool)
    }

    let network: DemoNetwork
    /// What the table calls it.
    let form: String
    /// The folder of the model.
    let folder: String
    /// The folder of the model that it begins with; nil for the teacher's.
    var start: String?
    let way: Way
    /// Whether everything that is not packed is stored in 16 bits.
    var storesHalves = false
    /// The sections of `compression_training`, for a training of so many steps.
    let sections: @Sendable (_ steps: Int) -> [JSONValue.Member]

    /// The DeepSpeed config.
    func config(steps: Int) -> JSONValue { ["compression_training": .object(sections(steps))] }
}

/// Everything that the demo makes of its two networks.
enum DemoMenu {
    static let entries: [DemoEntry] = [
        DemoEntry(network: .encoder, form: "W8A8", folder: "encoder-w8a8", way: .quantize(learnsLayers: false)) { _ in
            [DemoConfig.weights([8: layers]), DemoConfig.inputs(layers)]
        },
        DemoEntry(
            network: .encoder, form: "W4/8A8, layer by layer", folder: "encoder-w4a8-lkd",
            way: .quantize(learnsLayers: true)
        ) { _ in
            [
                DemoConfig.weights([4: ["intermediate", #"\d\.output"#], 8: ["attention"]], groups: 16),
                DemoConfig.inputs(layers),
            ]
        },
        DemoEntry(
            network: .encoder, form: "W2A8, distilled", folder: "encoder-w2a8", way: .compress(distils: true),
            storesHalves: true
        ) { _ in
            [DemoConfig.weights([2: layers]), DemoConfig.inputs(layers)]
        },
        DemoEntry(
            network: .encoder, form: "W1A8, distilled", folder: "encoder-w1a8", way: .compress(distils: true),
            storesHalves: true
        ) { _ in
            [DemoConfig.weights([1: layers]), DemoConfig.inputs(layers)]
        },
        DemoEntry(
            network: .encoder, form: "half the layers, distilled", folder: "encoder-layers",
            way: .compress(distils: true)
        ) { _ in
            [DemoConfig.everySecondLayer]
        },
        DemoEntry(
            network: .encoder, form: "half the heads, distilled", folder: "encoder-heads", way: .compress(distils: true)
        ) { _ in
            [DemoConfig.halfTheHeads]
        },
        DemoEntry(
            network: .encoder, form: "half the rows, distilled", folder: "encoder-rows", way: .compress(distils: true)
        ) { _ in
            [DemoConfig.halfTheRows]
        },
        DemoEntry(
            network: .encoder, form: "2:4 sparse, distilled", folder: "encoder-2to4", way: .compress(distils: true)
        ) { steps in
            [DemoConfig.sparse("2:4", kept: 0.5, steps: steps)]
        },
        DemoEntry(
            network: .encoder, form: "4x1 sparse, a fifth kept, W8A8", folder: "encoder-4x1-w8a8",
            way: .compress(distils: true)
        ) { steps in
            [
                DemoConfig.weights([8: layers]), DemoConfig.inputs(layers),
                DemoConfig.sparse("4x1", kept: 0.2, steps: steps),
            ]
        },
        DemoEntry(
            network: .encoder, form: "half the layers, then W1A8", folder: "encoder-layers-w1a8",
            start: "encoder-layers", way: .compress(distils: true),
            storesHalves: true
        ) { _ in [DemoConfig.everySecondLayer, DemoConfig.weights([1: layers]), DemoConfig.inputs(layers)] },
        DemoEntry(
            network: .encoder, form: "half the heads and rows, W8A8", folder: "encoder-heads-rows-w8a8",
            way: .compress(distils: true)
        ) { _ in
            [
                DemoConfig.weights([8: layers]), DemoConfig.inputs(layers), DemoConfig.halfTheHeads,
                DemoConfig.halfTheRows,
            ]
        },
        DemoEntry(network: .resnet, form: "W8A8", folder: "resnet-w8a8", way: .quantize(learnsLayers: false)) { _ in
            [DemoConfig.weights([8: convolutions]), DemoConfig.inputs(convolutions)]
        },
        DemoEntry(
            network: .resnet, form: "half the channels", folder: "resnet-channels", way: .compress(distils: false)
        ) { _ in
            [DemoConfig.halfTheChannels]
        },
        DemoEntry(
            network: .resnet, form: "half the channels, then W8A8", folder: "resnet-channels-w8a8",
            start: "resnet-channels",
            way: .quantize(learnsLayers: false)
        ) { _ in [DemoConfig.weights([8: convolutions]), DemoConfig.inputs(convolutions)] },
    ]

    /// The linear layers of the encoder's transformer layers.
    private static let layers = [#"encoder\.layer"#]
    /// All of the residual network's weights.
    private static let convolutions = ["conv", "fc", #"downsample\.0"#]
}
