import LatheFiles
import LatheInference
import LatheModels
import LatheNN
import LatheTensor
import LatheWorkflows

private let configurationTokens =
    jsonTokens
    + [
        "\"model_type\": \"gpt2\",", "\"model_type\": \"distilbert\",", "\"architectures\": [\"BertForMaskedLM\"],",
        "\"num_labels\": 1000000,", "\"n_layer\"",
        "\"num_hidden_layers\": 1024,", "\"hidden_size\": 65536,", "\"vocab_size\": 16777216,",
        "\"id2label\": {\"0\": \"a\"},",
        "\"lathe_pruned\": {\"shapes\": {\"bert.encoder.layer.0.intermediate.dense\": [4, 20]}, \"heads\": {\"bert.encoder.layer.0.attention.self\": 2}},",
        "\"quantization_config\": {\"quant_method\": \"lathe\", \"config_groups\": {\"g\": {\"targets\": [\"Linear\"], \"input_activations\": {\"num_bits\": 8, \"dynamic\": true, \"strategy\": \"token\"}}}},",
        "65536", "1024", "16777216", "1048576", "gelu_new",
    ].map { Array($0.utf8) }

private let patchEncoder = #"""
    {"model_type": "lathe_patch_encoder", "architectures": ["PatchEncoder"], "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2,
    "intermediate_size": 8, "num_channels": 1, "image_size": 4, "patch_size": 2, "num_labels": 2}
    """#
private let residualNetwork = #"""
    {"model_type": "lathe_resnet", "stem": "small_images", "block": "basic", "stages": [1, 2], "base_channels": 4, "num_channels": 1, "batch_norm": true}
    """#

private let generation = #"""
    {"eos_token_id": [0, 7], "repetition_penalty": 1.5, "no_repeat_ngram_size": 2, "bad_words_ids": [[3], [1, 2]], "suppress_tokens": [4], "begin_suppress_tokens": [5],
    "min_length": 2, "min_new_tokens": 1, "max_length": 20, "max_new_tokens": 5, "do_sample": true, "temperature": 0.5, "top_k": 3, "top_p": 0.9, "num_beams": 1}
    """#
private let sentenceModules = [
    FuzzFile(
        "modules.json",
        #"[{"idx": 0, "path": "", "type": "a.Transformer"}, {"path": "1_Pooling", "type": "a.Pooling"}, {"path": "2_Normalize", "type": "a.Normalize"}]"#
    ),
    FuzzFile(
        "1_Pooling/config.json",
        #"{"word_embedding_dimension": 16, "pooling_mode_cls_token": true, "pooling_mode": ["cls", "mean"], "include_prompt": true}"#
    ),
    FuzzFile(
        "sentence_bert_config.json",
        #"{"max_seq_length": 16, "do_lower_case": true, "transformer_task": "feature-extraction", "processing_kwargs": {}}"#
    ),
    FuzzFile(
        "config_sentence_transformers.json",
        #"{"prompts": {"query": "q: "}, "default_prompt_name": "query", "truncate_dim": 4, "model_type": "SentenceTransformer"}"#
    ),
]

/// Readers of the files that say how a model is used.
func usageReaders() throws -> [FuzzReader] {
    let scratch = try Scratch()
    return [
        FuzzReader(
            "generation",
            seeds: [[FuzzFile("generation_config.json", generation)], [FuzzFile("config.json", generation)]],
            tokens: configurationTokens
        ) { input in
            let settings = try GenerationSettings(directory: try scratch.fill("generation", input))
            var logits: [Float] = [1, -2, 3, 0, 0.5, 2, 1, 0]
            settings.apply(to: &logits, tokens: [1, 2, 3, 1, 2], promptCount: 3, ends: settings.ends ?? [])
            if let sampling = settings.sampling {
                var sampler = TokenSampler(sampling)
                try BrokenPromise.check(
                    (0..<8).contains(sampler.choose(from: [1, -2, 3, 0, 0.5, 2, 1, 0])), "a token out of range")
            }
            _ = try settings.tokenLimit(promptCount: 3)
        },
        FuzzReader("sentence", seeds: [sentenceModules, Array(sentenceModules[..<2])], tokens: configurationTokens) {
            input in
            let modules = try SentenceModules(directory: try scratch.fill("sentence", input))
            try BrokenPromise.check(!modules.pooling.isEmpty, "no pooling")
            _ = try modules.prompt(named: nil)
        },
    ]
}

/// Readers of models' directories.
func modelReaders(_ resources: Resources) throws -> [FuzzReader] {
    func configuration(_ name: String) throws -> FuzzFile {
        FuzzFile("config.json", try resources.bytes("pretrained/\(name)/config.json"))
    }
    func model(_ name: String) throws -> [FuzzFile] {
        [
            try configuration(name),
            FuzzFile(
                "model.safetensors", try resources.bytes("pretrained/\(name)/model.safetensors"), isSafetensors: true),
        ]
    }
    let names = ["bert-classifier", "bert-masked-lm", "roberta-classifier", "distilbert-classifier", "gpt2"]
    let configurations =
        try names.map { [try configuration($0)] }
        + [patchEncoder, residualNetwork].map { [FuzzFile("config.json", $0)] }
    let sharded = try [
        "config.json", "model.safetensors.index.json", "model-00001-of-00003.safetensors",
        "model-00002-of-00003.safetensors", "model-00003-of-00003.safetensors",
    ]
    .map {
        FuzzFile(
            $0, try resources.bytes("pretrained/bert-classifier-sharded/\($0)"),
            isSafetensors: $0.hasSuffix("safetensors"))
    }
    let torch = try ["config.json", "pytorch_model.bin"].map {
        FuzzFile($0, try resources.bytes("pretrained/bert-classifier-bin/\($0)"))
    }
    let residual = FuzzFile(
        "model.safetensors", try resources.bytes("pretrained/resnet-basic/model.safetensors"), isSafetensors: true)
    let scratch = try Scratch()
    return [
        FuzzReader("config", seeds: configurations, tokens: configurationTokens) { input in
            let configuration = try ModelConfiguration(try StrictJSON.parse(input[0].bytes), file: "config.json")
            let written = try ModelConfiguration(configuration.json, file: "config.json")
            try BrokenPromise.check(
                written.sizes.isEqual(to: configuration.sizes) && written.labels == configuration.labels,
                "does not read back what it writes")
        },
        FuzzReader(
            "pretrained", seeds: try names.map(model) + [sharded, torch, [residual]], tokens: configurationTokens
        ) { input in
            let directory = try scratch.fill("model", input)
            _ = try ModelInspection(directory)
            let asClassifier = try? PretrainedModel(directory: directory, for: .classifyingTexts(labels: ["a", "b"]))
            if let asClassifier { try computeOnce(asClassifier.network) }
            try computeOnce(try PretrainedModel(directory: directory).network)
        },
    ]
}

/// Runs a network on a tiny input.
func computeOnce(_ network: any Module) throws {
    withInference {
        switch network {
        case let model as any SequenceClassifier where model.longestSequence >= 3:
            _ = model(TokenBatch(joining: [[0, 0, 0]]))
        case let model as any LanguageModel where model.longestSequence >= 3:
            _ = model(TokenBatch(joining: [[0, 0, 0]]))
        case let model as ResNet: _ = model(.zeros([1, model.imageChannels, 8, 8]))
        default: break
        }
    }
}
