import LatheFiles
import LatheNN
import LathePacking

/// Residual networks under torchvision's and DeepSpeed's names, which transformers does not have.
public struct ResNetFamily: ModelFamily {
    public let modelType = "lathe_resnet"
    public let usualHead = ModelHead.imageClassification

    public init() {}

    public var classes: KeyValuePairs<String, ModelHead> { ["ResNet": .imageClassification] }

    public var checkpointNaming: CheckpointNaming {
        var naming = CheckpointNaming()
        naming.buffers = [".num_batches_tracked"]
        naming.freshHeads = ["fc."]
        return naming
    }

    public var presets: [ModelPreset] {
        [8, 14, 20, 32, 44, 56, 110].flatMap { depth in
            [true, false].map { .smallResNet(depth: depth, hasBatchNorm: $0) }
        }
            + ResNetConfiguration.imageNetDepths.map { .resNet(depth: $0) }
    }

    public func sizes(_ fields: JSONFields, labelCount: Int) -> ResNetConfiguration {
        ResNetConfiguration(fields, labelCount: labelCount)
    }
    public func sizes(ofTensors shapes: [String: [Int]]) -> ResNetConfiguration? {
        ResNetConfiguration(tensorShapes: shapes)
    }
    public func makeNetwork(_ sizes: ResNetConfiguration, head: ModelHead) -> any Module { ResNet(sizes) }
}

extension ModelPreset {
    /// A residual network for small images, of 6n + 2 layers, with or without batch normalisation.
    public static func smallResNet(depth: Int, hasBatchNorm: Bool) -> ModelPreset {
        ModelPreset(name: "resnet\(depth)" + (hasBatchNorm ? "" : "-nobn"), takesText: false) { options in
            let sizes = ResNetConfiguration(
                depth: depth, imageChannels: options.imageChannels, labelCount: options.labels.count,
                hasBatchNorm: hasBatchNorm)
            return ModelConfiguration(.init(ResNetFamily(), .imageClassification), sizes, labels: options.labels)
        }
    }

    /// A residual network for large images, as torchvision has it.
    public static func resNet(depth: Int) -> ModelPreset {
        ModelPreset(name: "resnet\(depth)", takesText: false) { options in
            let sizes = ResNetConfiguration.imageNet(
                depth: depth, imageChannels: options.imageChannels, labelCount: options.labels.count)
            return ModelConfiguration(.init(ResNetFamily(), .imageClassification), sizes, labels: options.labels)
        }
    }
}

extension ResNetConfiguration: ModelSizes {
    public var smallest: ResNetConfiguration {
        var sizes = self
        (sizes.baseChannels, sizes.labelCount) = (1, 1)
        return sizes
    }

    /// Every convolution has a multiple of these channels.
    public var commonRowCount: Int { baseChannels }

    public func parameterCount(head: ModelHead) -> Int { tensorShapes.values.reduce(0) { $0 + $1.elementCount } }
}

extension ResNet: LowBitNetwork {
    /// All convolutions but the first.
    public var lowBitLayers: LowBitLayers { LowBitLayers(layers: [#"layer\d\.\d+\.conv"#, #"downsample\.0"#]) }
}
