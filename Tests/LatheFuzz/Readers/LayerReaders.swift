import Foundation
import LatheCompression
import LatheFiles
import LatheWorkflows

/// The reader of layers that an interrupted distillation has finished, which a resumed one goes on behind.
func layerReaders(_ resources: Resources) throws -> [FuzzReader] {
    let scratch = try Scratch(), folder = "out/distillation", name = "layer-0.safetensors"
    _ = try scratch.fill("out", [])
    let group =
        #""params": {"start_bits": 8, "target_bits": 8, "quantization_period": 0}, "modules": ["attention.self", "intermediate", "output.dense"]"#
    let weights =
        #"{"shared_parameters": {"enabled": true, "quantize_weight_in_forward": true}, "different_groups": {"g": {\#(group)}}}"#
    let config = try DeepSpeedConfig(
        json: try StrictJSON.parse(#"{"compression_training": {"weight_quantization": \#(weights)}}"#), file: "f")
    // Layers tell which model they are of, so it lies where it does in each process.
    let model = resources.path("pretrained/bert-classifier")
    @Sendable func distil(_ report: @escaping (LayerDistillationEvent) -> Void) throws -> Int {
        var
            request = PostTrainingQuantization(
                model: model, config: config, configFile: "f", output: scratch.path("out")),
            distillation = LayerDistillation(.random)
        (distillation.options.steps, distillation.options.batchSize, distillation.maxLength, distillation.resumes) = (
            1, 2, 4, true
        )
        request.distillation = distillation
        return try request.run(report: report).layers.count
    }
    var seed: [UInt8]?
    _ = try distil { event in
        // The layer before this one lies on the disk then.
        if case .step(1, _, _) = event {
            seed = try? [UInt8](Data(contentsOf: URL(fileURLWithPath: scratch.path("\(folder)/\(name)"))))
        }
    }
    guard let seed else { throw CampaignError.refusedSeed("layers") }
    let tokens = ["lathe.losses", "lathe.layer_distillation", "nan", "0.5 0.5 0.5"].map { Array($0.utf8) }
    return [
        FuzzReader("layers", seeds: [[FuzzFile(name, seed, isSafetensors: true)]], tokens: jsonTokens + tokens) {
            input in
            _ = try scratch.fill(folder, input)
            let count = try distil { _ in }
            try BrokenPromise.check(count == 2, "\(count) layers")
        }
    ]
}
