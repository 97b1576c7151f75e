import LatheFiles
import LatheGolden
import LatheNN
import LatheTensor
import Testing

/// The layer of a recorded case, with the transforms that its DeepSpeed JSON asks for.
struct RecordedLayer {
    let recorded: GoldenCase
    let layer: any CompressibleLayer
    private(set) var masks: [PruningMask] = []
    private(set) var activationQuantizer: ActivationQuantizer?

    init(_ recorded: GoldenCase) throws {
        self.recorded = recorded
        let weight = try recorded.tensor("weight"), info = recorded.entry["info"]
        if info?["module"]?.string == "Embedding" {
            let embedding = Embedding(
                rows: weight.shape[0], width: weight.shape[1], paddingIndex: info?["padding_idx"]?.integer)
            embedding.table.value = weight
            layer = embedding
        } else {
            let bias = try recorded.tensorIfPresent("bias")
            layer = weight.rank == 2 ? Self.linear(weight, bias) : Self.convolution(weight, bias, info)
        }
        try attachTransforms()
    }

    /// The layer's output.
    func callAsFunction(_ input: Tensor) -> Tensor {
        switch layer {
        case let linear as Linear: linear(input)
        case let convolution as Conv2d: convolution(input)
        case let embedding as Embedding: embedding(input)
        default: preconditionFailure("no such layer")
        }
    }

    /// What training changes.
    var parameter: Parameter? { layer.weight.parameter }

    private static func linear(_ weight: Tensor, _ bias: Tensor?) -> Linear {
        let linear = Linear(inputs: weight.shape[1], outputs: weight.shape[0], hasBias: bias != nil)
        linear.weight = .dense(Parameter(weight))
        linear.bias = bias.map { Parameter($0) }
        return linear
    }

    private static func convolution(_ weight: Tensor, _ bias: Tensor?, _ info: JSONValue?) -> Conv2d {
        let options = ConvolutionOptions(stride: info?["stride"]?.integer ?? 1, padding: info?["padding"]?.integer ?? 0)
        let convolution = Conv2d(
            channels: weight.shape[1], outputs: weight.shape[0], kernelSize: weight.shape[2], options: options,
            hasBias: bias != nil)
        convolution.weight = .dense(Parameter(weight))
        convolution.bias = bias.map { Parameter($0) }
        return convolution
    }

    private mutating func attachTransforms() throws {
        let methods = recorded.config["compression_training"]
        if let (params, shared) = Self.settings(methods?["weight_quantization"]) {
            let grid = try #require(QuantizationGrid(rawValue: shared["quantization_type"]?.string ?? ""))
            let groups: WeightQuantizer.Groups =
                layer is Embedding ? .rows : .count(shared["quantize_groups"]?.integer ?? 1)
            let quantizer = WeightQuantizer(
                bits: try #require(params["target_bits"]?.integer), grid: grid, groups: groups)
            quantizer.isActive = shared["schedule_offset"]?.integer == 0
            layer.attach(quantizer)
        }
        for (method, unit) in [
            ("sparse_pruning", PruningUnit.element), ("row_pruning", .output), ("channel_pruning", .output),
        ] {
            if let settings = Self.settings(methods?[method]) { try attachMask(unit, settings) }
        }
        if let settings = Self.settings(methods?["head_pruning"]) {
            try attachMask(.head(count: settings.shared["num_heads"]?.integer ?? 0), settings)
        }
        if let settings = Self.settings(methods?["activation_quantization"]) { try attachActivationQuantizer(settings) }
    }

    private mutating func attachMask(_ unit: PruningUnit, _ settings: (params: JSONValue, shared: JSONValue)) throws {
        let density = try #require(settings.params["dense_ratio"]?.double)
        let mask =
            settings.shared["method"]?.string == "topk"
            ? PruningMask(unit, keeping: density, training: try recorded.tensor("scores"))
            : PruningMask(unit, keeping: density, ofLargestIn: try recorded.tensor("weight"))
        layer.attach(mask)
        masks.append(mask)
    }

    private mutating func attachActivationQuantizer(_ settings: (params: JSONValue, shared: JSONValue)) throws {
        let quantizer = ActivationQuantizer(
            bits: try #require(settings.params["bits"]?.integer),
            grid: try #require(QuantizationGrid(rawValue: settings.shared["quantization_type"]?.string ?? "")),
            calibration: settings.shared["range_calibration"]?.string == "static"
                ? .running(momentum: ActivationQuantizer.defaultMomentum) : .dynamic)
        (layer as? Linear)?.activationTransforms.append(quantizer)
        (layer as? Conv2d)?.activationTransforms.append(quantizer)
        activationQuantizer = quantizer
    }

    private static func settings(_ method: JSONValue?) -> (params: JSONValue, shared: JSONValue)? {
        guard let shared = method?["shared_parameters"],
            let params = method?["different_groups"]?.object?.first?.value["params"]
        else { return nil }
        return (params, shared)
    }
}
