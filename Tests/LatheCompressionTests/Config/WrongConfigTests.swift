import Foundation
import LatheFiles
import LatheTestFiles
import Testing

@testable import LatheCompression

@Suite("Wrong configs")
struct WrongConfigTests {
    private func problems(_ json: JSONValue) -> [JSONFields.Problem] {
        do throws(CompressionConfigError) {
            _ = try DeepSpeedConfig(json: json, file: "c.json")
            return []
        } catch {
            guard case .invalid("c.json", let problems) = error else { return [] }
            return problems
        }
    }

    @Test("The example itself has no problem")
    func example() { #expect(problems(ExampleConfig.json).isEmpty) }

    @Test("More patterns than any network needs are refused, before they take memory")
    func manyPatterns() throws {
        let modules = JSONValue.array([JSONValue](repeating: "a", count: 5000))
        let group: JSONValue = [
            "params": ["start_bits": 8, "target_bits": 8, "quantization_period": 0], "modules": modules,
        ]
        let found = problems([
            "compression_training": [
                "weight_quantization": ["shared_parameters": ["enabled": true], "different_groups": ["g": group]]
            ]
        ])
        #expect(found.map(\.text) == ["has 5000 patterns; give at most 4096, each of which may match many modules"])
    }

    @Test("A key without end does not fill the screen")
    func longKey() {
        let found = problems(
            .object([.init(String(repeating: "gradient_clipping", count: 10_000), 1), .init("gradient_clipping", "x")]))
        #expect(!found.isEmpty && found.allSatisfy { $0.description.utf8.count < 1000 })
        #expect(
            JSONFields.Problem(key: String(repeating: "k", count: 10_000), text: "wrong").description.utf8.count < 500)
    }

    @Test("Mistakes without end do not fill the screen either")
    func manyKeys() {
        let json = ExampleConfig.json.setting(
            "compression_training", to: .object((0..<1000).map { .init("k\($0)", 1) }))
        var description = ""
        do throws(CompressionConfigError) { _ = try DeepSpeedConfig(json: json, file: "c.json") } catch {
            description = error.description
        }
        #expect(
            description.split(separator: "\n").count == 41 && description.hasSuffix("c.json: and 960 more problems"))
    }

    private static let weights = "weight_quantization.shared_parameters",
        bits = "weight_quantization.different_groups.wq1"
    private static let sparse = "sparse_pruning.shared_parameters", row = "row_pruning.different_groups.rp1"

    static let missing: [WrongConfig] = [
        .init(bits + ".params.start_bits", nil, "missing; add an integer 1…16"),
        .init(bits + ".params.target_bits", nil, "missing; add an integer 1…16"),
        .init(bits + ".params", [:], at: bits + ".params.start_bits", "missing; add an integer 1…16"),
        .init("activation_quantization.different_groups.aq1.params.bits", nil, "missing; add 4 or 8"),
        .init(
            "sparse_pruning.different_groups.sp1.params.dense_ratio", nil, "missing; add a number above 0, at most 1"),
        .init(row + ".params", nil, at: row + ".params.dense_ratio", "missing; add a number above 0, at most 1"),
        .init("head_pruning.shared_parameters.num_heads", nil, "missing; add an integer 1…65536"),
        .init(
            "channel_pruning.different_groups", nil,
            "missing; add a group with params and modules, or set shared_parameters.enabled to false"),
        .init(
            "sparse_pruning.different_groups", [:],
            "missing; add a group with params and modules, or set shared_parameters.enabled to false"),
        .init(
            "layer_reduction.teacher_layer", nil,
            "missing; add a list of the teacher's layers to keep, such as [1, 3, 5]"),
        .init(
            "layer_reduction.module_name_prefix", nil,
            #"missing; add what stands before a layer's number, such as "bert.encoder.layer""#),
        .init(
            "layer_reduction.other_module_name", nil,
            #"missing; add a list of modules to copy from the teacher, such as ["bert.embeddings", "bert.pooler", "classifier"]"#
        ),
        .init(
            ".optimizer.type", nil,
            "missing; add Adam, AdamW, SGD, Lamb, Lion, Adagrad, OneBitAdam, ZeroOneAdam or OneBitLamb"),
        .init(
            ".scheduler.type", nil, "missing; add one of WarmupLR, WarmupDecayLR, WarmupCosineLR, OneCycle, LRRangeTest"
        ),
        .init(".scheduler.params.total_num_steps", nil, "missing; add an integer 1…1000000000"),
    ]

    static let misspelt: [WrongConfig] = [
        .init("weight_quantisation", [:], "unknown key; did you mean weight_quantization?"),
        .init(
            "knowledge", [:],
            "unknown key; known are layer_reduction, weight_quantization, activation_quantization, sparse_pruning, "
                + "row_pruning, head_pruning, channel_pruning"),
        .init(weights + ".quantize_group", 8, "unknown key; did you mean quantize_groups?"),
        .init("weight_quantization.share_parameters", [:], "unknown key; did you mean shared_parameters?"),
        .init(weights + ".fp16_mixed_quantize.enable", true, "unknown key; did you mean enabled?"),
        .init(bits + ".params.startbits", 8, "unknown key; did you mean start_bits?"),
        .init(bits + ".module", ["fc"], "unknown key; did you mean modules?"),
        .init(bits + ".x", 1, "unknown key; known are params, modules, related_modules"),
        .init(
            "activation_quantization.shared_parameters.range_calibrate", "static",
            "unknown key; did you mean range_calibration?"),
        .init("activation_quantization.different_groups.aq1.params.bit", 8, "unknown key; did you mean bits?"),
        .init(sparse + ".schedule_ofset", 4, "unknown key; did you mean schedule_offset?"),
        .init("head_pruning.shared_parameters.number_heads", 4, "unknown key; did you mean num_heads?"),
        .init(row + ".params.density_ratio", 0.5, "unknown key; did you mean dense_ratio?"),
        .init(row + ".related_module", [["a"]], "unknown key; did you mean related_modules?"),
        .init("layer_reduction.teacher_layers", [1, 3], "unknown key; did you mean teacher_layer?"),
        .init(
            weights + ".eigenvalue", ["max_iters": 3], at: weights + ".eigenvalue.max_iters",
            "unknown key; did you mean max_iter?"),
    ]

    static let wrongType: [WrongConfig] = [
        .init("weight_quantization", [1], "expected an object, got an array"),
        .init(weights + ".enabled", "true", #"expected true or false, got "true""#),
        .init(weights + ".enabled", 1, "expected true or false, got 1"),
        .init(weights + ".fp16_mixed_quantize", false, "expected an object, got false"),
        .init(bits + ".params.start_bits", "8", #"expected an integer 1…16, got "8""#),
        .init(bits + ".params.target_bits", 7.5, "expected an integer 1…16, got 7.5"),
        .init(bits + ".modules", "attention", #"expected a list of patterns, got "attention"; write ["attention"]"#),
        .init(bits + ".modules", 3, "expected a list of patterns, got 3"),
        .init(bits + ".modules", ["self", 3], at: bits + ".modules[1]", "expected a pattern in quotes, got 3"),
        .init(
            row + ".related_modules", "output",
            #"expected a list with a list of patterns for each pattern in modules, got "output""#),
        .init(
            row + ".related_modules", ["output"], at: row + ".related_modules[0]",
            #"expected a list of patterns, got "output""#),
        .init(
            "layer_reduction.teacher_layer", [1, "3"], at: "layer_reduction.teacher_layer[1]",
            #"expected an integer of at least 0, got "3""#),
        .init(
            "layer_reduction.other_module_name", [""], at: "layer_reduction.other_module_name[0]",
            #"expected a name in quotes, got """#),
        .init(sparse + ".schedule_offset", "soon", #"expected an integer 0…1000000000, got "soon""#),
        .init(".optimizer.params.betas", [0.9], "expected two numbers of at least 0, below 1, got an array"),
        .init(".bf16", true, "expected an object, got true"),
    ]

    static let outOfRange: [WrongConfig] = [
        .init(bits + ".params.start_bits", 17, "expected an integer 1…16, got 17"),
        .init(bits + ".params.target_bits", 0, "expected an integer 1…16, got 0"),
        .init(bits + ".params.quantization_period", -1, "expected an integer 0…1000000000, got -1"),
        .init(weights + ".quantize_groups", 0, "expected an integer 1…1000000000, got 0"),
        .init(weights + ".schedule_offset", -5, "expected an integer 0…1000000000, got -5"),
        .init(weights + ".rounding", "up", #"expected one of nearest, stochastic, got "up""#),
        .init(weights + ".quantization_type", "affine", #"expected one of symmetric, asymmetric, got "affine""#),
        .init(weights + ".fp16_mixed_quantize.quantize_change_ratio", 2, "expected a number 0…1, got 2"),
        .init("activation_quantization.different_groups.aq1.params.bits", 6, "expected 4 or 8, got 6"),
        .init(
            "activation_quantization.shared_parameters.range_calibration", "kl",
            #"expected one of dynamic, static, got "kl""#),
        .init(sparse + ".method", "l2", #"expected one of l1, topk, snip_momentum, got "l2""#),
        .init(
            "sparse_pruning.different_groups.sp1.params.dense_ratio", 0, "expected a number above 0, at most 1, got 0"),
        .init(row + ".params.dense_ratio", 1.5, "expected a number above 0, at most 1, got 1.5"),
        .init("row_pruning.shared_parameters.method", "l2", #"expected one of l1, topk, got "l2""#),
        .init("head_pruning.shared_parameters.method", "l1", #"expected topk, the only method for heads, got "l1""#),
        .init("head_pruning.shared_parameters.num_heads", 0, "expected an integer 1…65536, got 0"),
        .init(
            "layer_reduction.teacher_layer", [-1, 3], at: "layer_reduction.teacher_layer[0]",
            "expected an integer of at least 0, got -1"),
        .init(".gradient_clipping", -1, "expected a number of at least 0, got -1"),
        .init(".steps_per_print", 0, "expected an integer 1…1000000000, got 0"),
        .init(
            ".optimizer.type", "Muon",
            #"expected Adam, AdamW, SGD, Lamb, Lion, Adagrad, OneBitAdam, ZeroOneAdam or OneBitLamb, got "Muon""#),
        .init(".optimizer.params.eps", 0, "expected a number above 0, at most 1, got 0"),
        .init(
            ".scheduler.type", "CyclicLR",
            #"expected one of WarmupLR, WarmupDecayLR, WarmupCosineLR, OneCycle, LRRangeTest, got "CyclicLR""#),
    ]

    static let contradictory: [WrongConfig] = [
        .init(bits + ".params.target_bits", 14, "expected at most start_bits = 12, got 14; bits only fall"),
        .init(
            weights + ".quantization_type", "asymmetric",
            at: "weight_quantization.different_groups.wq3.params.target_bits",
            "2 bits need quantization_type symmetric, got asymmetric; change one of them"),
        .init(
            weights, ["enabled": true, "rounding": "stochastic"],
            at: "weight_quantization.different_groups.wq3.params.target_bits",
            "2 bits need rounding nearest, got stochastic; change one of them"),
        .init(sparse + ".schedule_offset_end", 10, "expected at least schedule_offset = 20, got 10"),
        .init("layer_reduction.keep_number_layer", 3, "expected 2, the number of layers in teacher_layer, got 3"),
        .init(
            "layer_reduction",
            ["enabled": true, "module_name_prefix": "h", "teacher_layer": [], "other_module_name": []],
            at: "layer_reduction.teacher_layer", "expected at least one layer, got none"),
        .init(row + ".modules", [], "expected at least one pattern, got none"),
        .init(
            row + ".related_modules", [["a"], ["b"]], "expected one list for each of the 1 patterns in modules, got 2"),
        .init(
            row + ".related_modules", [[]], at: row + ".related_modules[0]",
            "expected a list of patterns, got an empty one"),
        .init(
            row + ".related_modules", [["*"]], at: row + ".related_modules[0][0]",
            "not every module can be related; name those that shrink"),
        .init(
            ".train_batch_size", 48,
            "expected train_micro_batch_size_per_gpu × gradient_accumulation_steps = 8 × 4, or that for several processes, got 48; remove one of the three"
        ),
        .init(
            ".fp16", ["enabled": true], at: ".fp16.enabled",
            "fp16 and bf16 cannot both be enabled; switch one of them off"),
        .init(
            ".optimizer", ["type": "SGD", "params": ["nesterov": true]], at: ".optimizer.params.nesterov",
            "needs a momentum above 0; add momentum"),
    ]

    static let malformedPatterns: [WrongConfig] = [
        .init(
            bits + ".modules", ["a", "layer.(0"], at: bits + ".modules[1]", "\"layer.(0\" is not a regular expression"),
        .init(bits + ".modules", ["[abc"], at: bits + ".modules[0]", "\"[abc\" is not a regular expression"),
        .init(bits + ".modules", ["*.dense"], at: bits + ".modules[0]", "\"*.dense\" is not a regular expression"),
        .init(bits + ".modules", [""], at: bits + ".modules[0]", "empty pattern; write \"*\" for every module"),
        .init(
            row + ".related_modules", [["a)"]], at: row + ".related_modules[0][0]", "\"a)\" is not a regular expression"
        ),
        .init(
            sparse + ".excluded_modules", ["+"], at: sparse + ".excluded_modules[0]",
            "\"+\" is not a regular expression"),
    ]

    @Test(
        "A mistake is named with its place and the cure, and is the only one told",
        arguments: missing + misspelt + wrongType + outOfRange + contradictory)
    func mistake(_ wrong: WrongConfig) {
        // A group of two bits stands ready to disagree with the shared parameters.
        let isAboutTwoBits = wrong.place.contains("wq3")
        let group: JSONValue = ["params": ["start_bits": 2, "target_bits": 2], "modules": ["bert.pooler"]]
        let json =
            isAboutTwoBits
            ? wrong.json.setting("compression_training.weight_quantization.different_groups.wq3", to: group)
            : wrong.json
        #expect(Array(problems(json).prefix(1)) == [wrong.problem])
        let isAboutOneField = wrong.value != [:]
        if isAboutOneField { #expect(problems(json).count == 1, "\(problems(json))") }
    }

    @Test("A pattern that is not a regular expression is named, with the reason", arguments: malformedPatterns)
    func malformedPattern(_ wrong: WrongConfig) {
        let problems = problems(wrong.json)
        #expect(problems.map(\.key) == [wrong.problem.key])
        #expect(problems.first?.text.hasPrefix(wrong.text) == true, "\(problems)")
    }

    static let snipMomentum: [WrongConfig] = [
        .init("dense_ratio", 1, "expected a number above 0, below 1, got 1"),
        .init("dense_ratio", 0, "expected a number above 0, below 1, got 0"),
        .init("block_pattern", "4*1", #"expected NxM such as "4x1", or N:M with N ≤ M such as "2:4", got "4*1""#),
        .init("block_pattern", "4:2", #"expected NxM such as "4x1", or N:M with N ≤ M such as "2:4", got "4:2""#),
        .init("block_pattern", "0x1", #"expected NxM such as "4x1", or N:M with N ≤ M such as "2:4", got "0x1""#),
        .init("block_pattern", 4, #"expected NxM such as "4x1", or N:M with N ≤ M such as "2:4", got 4"#),
        .init("block_pattern", "1:4", at: "dense_ratio", "expected at least 0.75 with block_pattern 1:4, got 0.5"),
        .init("schedule_offset_end", 1, "expected at least schedule_offset = 2, got 1"),
        .init("schedule_offset_stride", 0, "expected an integer 1…1000000000, got 0"),
        .init("excluded_modules", "pooler", #"expected a list of patterns, got "pooler""#),
        .init("excluded_modules", ["*"], #""*" excludes every module; name those to leave dense"#),
    ]

    @Test("A mistake in snip_momentum is named with its place and the cure", arguments: snipMomentum)
    func snipMistake(_ wrong: WrongConfig) {
        let sparse = "compression_training.sparse_pruning", shared = sparse + ".shared_parameters."
        let json = ExampleConfig.json.setting(sparse, to: ExampleConfig.snipMomentum)
        #expect(
            problems(json.setting(shared + wrong.path, to: wrong.value)) == [
                .init(key: shared + wrong.place, text: wrong.text)
            ])
    }

    @Test("snip_momentum takes no groups, and a single renewal needs scores from a step before")
    func snipContradictions() {
        let sparse = "compression_training.sparse_pruning"
        let json = ExampleConfig.json.setting(sparse, to: ExampleConfig.snipMomentum)
        let group: JSONValue = ["sp1": ["params": ["dense_ratio": 0.5], "modules": ["fc"]]]
        #expect(
            problems(json.setting(sparse + ".different_groups", to: group)).map(\.description) == [
                sparse
                    + ".different_groups: snip_momentum takes all layers but excluded_modules; remove the groups, or choose l1 or topk"
            ])
        let early = json.setting(sparse + ".shared_parameters.schedule_offset", to: 0).setting(
            sparse + ".shared_parameters.schedule_offset_end", to: nil)
        #expect(
            problems(early).map(\.description) == [
                sparse
                    + ".shared_parameters.schedule_offset_end: expected at least 1, got 0; scores are gathered in training, and at step 0 there are none"
            ])
        let wide = json.setting(sparse + ".shared_parameters.schedule_offset", to: 0).setting(
            sparse + ".shared_parameters.schedule_offset_stride", to: 7)
        #expect(
            problems(wide).map(\.description) == [
                sparse
                    + ".shared_parameters.schedule_offset_stride: expected at most schedule_offset_end = 6, got 7; else masks are made at step 0 only, "
                    + "before there are scores"
            ])
    }

    @Test("All mistakes are told at once, each on a line with the file's name")
    func together() throws {
        let json = ExampleConfig.json.setting("compression_training." + Self.bits + ".params.start_bits", to: nil)
            .setting("compression_training." + Self.weights + ".quantize_group", to: 8).setting(
                "train_batch_size", to: 33)
        var description = ""
        do throws(CompressionConfigError) { _ = try DeepSpeedConfig(json: json, file: "c.json") } catch {
            description = error.description
        }
        #expect(
            description.split(separator: "\n") == [
                "c.json: train_batch_size: expected train_micro_batch_size_per_gpu × gradient_accumulation_steps = 8 × 4, or that for several processes, got 33; "
                    + "remove one of the three",
                "c.json: compression_training.weight_quantization.different_groups.wq1.params.start_bits: missing; add an integer 1…16",
                "c.json: compression_training.weight_quantization.shared_parameters.quantize_group: unknown key; did you mean quantize_groups?",
            ])
    }

    @Test(
        "What a disabled technique says is read, but need not agree",
        arguments: [
            ("weight_quantization.different_groups.wq1.params.target_bits", 14),
            ("head_pruning.shared_parameters.num_heads", nil),
            ("row_pruning.different_groups", nil),
        ] as [(String, JSONValue?)])
    func disabled(_ path: String, _ value: JSONValue?) {
        let technique = path.split(separator: ".")[0]
        let json = ExampleConfig.json.setting("compression_training.\(technique).shared_parameters.enabled", to: false)
        #expect(problems(json.setting("compression_training." + path, to: value)).isEmpty)
    }
}
