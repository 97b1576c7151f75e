extension ResNetConfiguration {
    var stemConvolution: ResidualConvolution {
        ResidualConvolution(
            channels: imageChannels, outputs: baseChannels, kernelSize: stem.kernelSize,
            stride: stem == .smallImages ? 1 : 2)
    }

    /// The sizes of the blocks of each stage.
    var plan: [[ResidualBlockPlan]] {
        stages.enumerated().map { stage, count in
            let width = baseChannels << stage, before = stage == 0 ? baseChannels : width / 2 * block.expansion
            return (0..<count).map { index in
                ResidualBlockPlan(
                    block, channels: index == 0 ? before : width * block.expansion, width: width,
                    stride: index == 0 && stage > 0 ? 2 : 1)
            }
        }
    }

    /// The shape of every tensor in a checkpoint of this network, by name.
    public var tensorShapes: [String: [Int]] {
        var shapes = ["fc.weight": [labelCount, featureCount], "fc.bias": [labelCount]]
        func add(_ convolution: ResidualConvolution, _ name: String, norm: String) {
            shapes[name + ".weight"] = convolution.weightShape
            guard hasBatchNorm else { return }
            for part in ["weight", "bias", "running_mean", "running_var"] {
                shapes["\(norm).\(part)"] = [convolution.outputs]
            }
        }
        add(stemConvolution, "conv1", norm: "bn1")
        for (stage, blocks) in plan.enumerated() {
            for (index, block) in blocks.enumerated() {
                let path = "layer\(stage + 1).\(index)"
                for (number, convolution) in block.convolutions.enumerated() {
                    add(convolution, "\(path).conv\(number + 1)", norm: "\(path).bn\(number + 1)")
                }
                if let shortcut = block.shortcut { add(shortcut, "\(path).downsample.0", norm: "\(path).downsample.1") }
            }
        }
        return shapes
    }

    /// The configuration of the network whose checkpoint holds tensors of these names and shapes; nil when they are not
    /// those of such a network. Torch's counts of batches (`num_batches_tracked`) may be among them.
    public init?(tensorShapes shapes: [String: [Int]]) {
        guard
            let first = shapes["conv1.weight"], first.count == 4, let last = shapes["fc.weight"], last.count == 2,
            let stem = Stem.allCases.first(where: { $0.kernelSize == first[2] }),
            (1...Self.channelLimit).contains(first[0])
        else { return nil }
        func blockCount(_ stage: Int) -> Int {
            (0...).first { shapes["layer\(stage).\($0).conv1.weight"] == nil } ?? 0
        }
        let stages = (1...4).map(blockCount).prefix { $0 > 0 }
        guard !stages.isEmpty else { return nil }
        self.init(
            stem: stem, block: shapes["layer1.0.conv3.weight"] == nil ? .basic : .bottleneck, stages: Array(stages),
            baseChannels: first[0],
            imageChannels: first[1], labelCount: last[0], hasBatchNorm: shapes["bn1.weight"] != nil)
        guard shapes.filter({ !$0.key.hasSuffix(".num_batches_tracked") }) == tensorShapes else { return nil }
    }

    /// A first stage with more channels than this is none; keeps a made-up size from overflowing.
    private static let channelLimit = 1 << 20
}
