import LatheCheckpoints
import LatheFiles
import LatheModels
import LatheNN
import LathePacking
import LatheTensor

private let packedTokens =
    jsonTokens
    + [
        "weight_packed", "weight_scale", "weight_shape", "weight_zero_point", "int-quantized", "pack-quantized",
        "lathe-packed", "lathe-signs", "lathe-trits", "dense", "lathe-sparse", "weight_mask", "weight_kept",
        "\"weights\": null",
        "mixed-precision", "\"strategy\": \"group\"", "\"group_size\": 4", "\"strategy\": \"rows\"",
        "\"group_rows\": 2", "\"tensor\"", "\"channel\"", "\"num_bits\": 8",
        "\"num_bits\": 1", "\"symmetric\": false", "\"dynamic\": false", "\"targets\": [\"Linear\"]",
        "\"targets\": [\"re:.*\"]", "\"targets\": [\"re:(\"]",
        "\"quant_method\": \"lathe\"", "\"producer\": \"lathe\"", "\"quant_method\": \"compressed-tensors\"",
        "\"ignore\": [\"classifier\"]",
    ].map { Array($0.utf8) }

/// Readers of packed weights: models' directories, and files of a network.
func packedReaders(_ resources: Resources) throws -> [FuzzReader] {
    let scratch = try Scratch()
    func packed(_ name: String, _ format: WeightFormat) throws -> [FuzzFile] {
        let files = ["config.json", "model.safetensors"]
        let
            source = try scratch.fill(
                "source", files.map { FuzzFile($0, try resources.bytes("pretrained/\(name)/\($0)")) }),
            target = scratch.path("packed")
        let model = try PretrainedModel(directory: source)
        model.network.packWeights(format, includesEmbeddings: true)
        try model.save(to: target)
        return try files.map {
            FuzzFile(
                $0, try MappedFile(path: target + "/" + $0).withUnsafeBytes { Array($0) },
                isSafetensors: $0.hasSuffix("safetensors"))
        }
    }
    let models = try [
        packed("bert-classifier", .w8a8), packed("bert-masked-lm", .w4a8), packed("gpt2", .w2a8), packed("gpt2", .w1a8),
    ]
    let layers = try [1, 2, 3, 4, 8].flatMap { bits in
        try [QuantizationGrid.symmetric, .asymmetric].filter { bits > 2 || $0 == .symmetric }.map { grid in
            [FuzzFile("layer.safetensors", try layer(bits, grid, scratch.path("layer")), isSafetensors: true)]
        }
    }
    let sparse = try [WeightFormat.w8a8, .w4a8, nil].map {
        [FuzzFile("layer.safetensors", try sparseLayer($0, scratch.path("layer")), isSafetensors: true)]
    }
    return [
        FuzzReader("packed", seeds: models, tokens: packedTokens) { input in
            let model = try PretrainedModel(directory: try scratch.fill("model", input))
            try computeOnce(model.network)
        },
        FuzzReader("packed-layer", seeds: layers, tokens: packedTokens) { input in
            let layer = Linear(inputs: 12, outputs: 4)
            try ModuleFile.load(try SafetensorsFile(bytes: input[0].bytes, name: "layer.safetensors"), into: layer)
            _ = withInference { layer(.ones([2, 12])) }
        },
        FuzzReader("sparse-layer", seeds: sparse, tokens: packedTokens) { input in
            let layer = Linear(inputs: 64, outputs: 32)
            try ModuleFile.load(try SafetensorsFile(bytes: input[0].bytes, name: "layer.safetensors"), into: layer)
            _ = withInference { (layer(.ones([2, 64])), layer(.ones([20, 64]))) }
        },
    ]
}

/// The file of one layer of which pruning has kept a tenth, in blocks of four outputs; in floats without a format.
private func sparseLayer(_ format: WeightFormat?, _ path: String) throws -> [UInt8] {
    let layer = withRandomSource(RandomSource(seed: 5)) { Linear(inputs: 64, outputs: 32) }
    if let parameter = layer.weight.parameter {
        let mask = (0..<32 * 64).map { ($0 / 64 / 4 * 3 + $0 % 64) % 10 == 0 ? 1 : 0 as Float }
        parameter.value = parameter.detached * Tensor(mask, shape: [32, 64])
    }
    if let format { layer.packWeights(format) } else { layer.packSparseFloats() }
    try ModuleFile.save(layer, to: path)
    return try MappedFile(path: path).withUnsafeBytes { Array($0) }
}

/// The file of one layer in few bits.
private func layer(_ bits: Int, _ grid: QuantizationGrid, _ path: String) throws -> [UInt8] {
    let layer = withRandomSource(RandomSource(seed: 5)) { Linear(inputs: 12, outputs: 4) }
    layer.attach(WeightQuantizer(bits: bits, grid: grid, groups: .count(bits.isMultiple(of: 2) ? 12 : 2)))
    if bits == 8 { layer.activationTransforms.append(ActivationQuantizer(bits: 8, grid: grid)) }
    layer.bakeWeight()
    layer.packQuantizedWeights()
    try ModuleFile.save(layer, to: path)
    return try MappedFile(path: path).withUnsafeBytes { Array($0) }
}
