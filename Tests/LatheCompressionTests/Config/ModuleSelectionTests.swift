import LatheFiles
import Testing

@testable import LatheCompression

@Suite("Modules that a config takes")
struct ModuleSelectionTests {
    @Test("The example fits its model")
    func example() throws {
        let selection = ModuleSelection(try ExampleConfig.compression(), modules: ExampleConfig.modules)
        #expect(selection.problems.isEmpty)
        #expect(
            selection.techniques(at: "bert.encoder.layer.1.attention.self.query") == [
                .weightQuantization, .activationQuantization, .sparsePruning,
            ])
        #expect(selection.techniques(at: "classifier").isEmpty)
        let heads = try #require(selection.match(.headPruning, at: "bert.encoder.layer.1.attention.output.dense"))
        #expect(heads.group == "hp1")
        #expect(heads.families[1].module == "bert.encoder.layer.1.attention.output.dense")
        let parts = ["query", "key", "value"].map { "bert.encoder.layer.1.attention.self.\($0)" }
        #expect(heads.families[1].related == parts)
        try selection.validate(file: "c.json")
    }

    private static let bits = "weight_quantization.different_groups.wq1", row = "row_pruning.different_groups.rp1"

    static let mistakes: [WrongConfig] = [
        .init(
            bits + ".modules", ["nothing_like_this"], at: bits + ".modules[0]",
            "\"nothing_like_this\" matches no module; paths of this model are bert.embeddings.word_embeddings, "
                + "bert.encoder.layer.0.attention.self.query, bert.encoder.layer.0.attention.self.key and 15 more"),
        .init(
            bits + ".modules", ["word_embeddings", "attention.slef"], at: bits + ".modules[1]",
            "\"attention.slef\" matches no module; did you mean \"attention.self\"?"),
        .init(
            bits + ".modules", ["Attention"], at: bits + ".modules[0]",
            "\"Attention\" matches no module; did you mean \"attention\"?"),
        .init(
            bits + ".modules", ["self$"], at: bits + ".modules[0]",
            "\"self$\" matches no module; did you mean \"self\"?"),
        .init(
            bits + ".modules", ["bn1"], at: bits + ".modules[0]",
            "\"bn1\" hits only bn1; weight_quantization takes linear layers, convolutions, embeddings only"),
        .init(
            bits + ".modules", ["query", "self"], at: bits + ".modules[1]",
            "\"self\" takes bert.encoder.layer.0.attention.self.query, bert.encoder.layer.1.attention.self.query, which an earlier pattern of this group "
                + "has taken; make the patterns exclusive"),
        .init(
            "weight_quantization.different_groups.wq2.modules", ["query"],
            at: "weight_quantization.different_groups.wq2.modules[0]",
            "\"query\" takes bert.encoder.layer.0.attention.self.query, bert.encoder.layer.1.attention.self.query, which group wq1 has taken; "
                + "make the patterns exclusive"),
        .init(
            row + ".modules", ["word_embeddings"], at: row + ".modules[0]",
            "\"word_embeddings\" hits only bert.embeddings.word_embeddings; row_pruning takes linear layers only"),
        .init(
            row + ".related_modules", [["layer.outpt"]], at: row + ".related_modules[0][0]",
            "\"layer.outpt\" matches no module; did you mean \"layer.output\"?"),
        .init(
            row + ".related_modules", [["output.dense"]], at: row + ".related_modules[0][0]",
            "\"output.dense\" hits 4 modules (bert.encoder.layer.0.attention.output.dense, bert.encoder.layer.0.output.dense, "
                + "bert.encoder.layer.1.attention.output.dense and 1 more) for 2 that are pruned (bert.encoder.layer.0.intermediate.dense, "
                + "bert.encoder.layer.1.intermediate.dense); they pair in the model's order, so make them as many"),
        .init(
            "activation_quantization.different_groups.aq1.modules", ["embeddings"],
            at: "activation_quantization.different_groups.aq1.modules[0]",
            "\"embeddings\" hits only bert.embeddings.word_embeddings; activation_quantization takes linear layers, convolutions only"
        ),
        .init(
            "channel_pruning.different_groups.cp1.modules", ["classifier"],
            at: "channel_pruning.different_groups.cp1.modules[0]",
            "\"classifier\" hits only classifier; channel_pruning takes convolutions only"),
    ]

    @Test("A pattern that does not fit the model is named with the cure", arguments: mistakes)
    func mistake(_ wrong: WrongConfig) throws {
        let config = try ExampleConfig.compression((wrong.path, wrong.value))
        let selection = ModuleSelection(config, modules: ExampleConfig.modules)
        #expect(selection.problems == [wrong.problem])
        #expect(throws: CompressionConfigError.invalid(file: "c.json", problems: [wrong.problem])) {
            try selection.validate(file: "c.json")
        }
    }

    @Test("A pattern passes over modules of a kind that the technique cannot take, and says so")
    func passesOver() throws {
        let config = try ExampleConfig.compression(
            ("activation_quantization.different_groups.aq1.modules", [#"^(conv|bn)\d"#]))
        let selection = ModuleSelection(config, modules: ExampleConfig.modules)
        #expect(selection.match(.activationQuantization, at: "conv1")?.modules == ["conv1", "conv2"])
        #expect(
            selection.notes.map(\.description) == [
                "compression_training.activation_quantization.different_groups.aq1.modules[0]: passes over bn1; "
                    + "activation_quantization takes linear layers, convolutions only"
            ])
    }

    @Test(
        "A group without modules takes every module that its technique can take",
        arguments: [nil, "*", ["*"]] as [JSONValue?])
    func everything(_ modules: JSONValue?) throws {
        let config = try ExampleConfig.compression(("activation_quantization.different_groups.aq1.modules", modules))
        let selection = ModuleSelection(config, modules: ExampleConfig.modules)
        let kinds: Set<CompressibleModule.Kind> = [.linear, .convolution]
        let taken = selection.matches.first { $0.technique == .activationQuantization }?.modules
        #expect(taken == ExampleConfig.modules.filter { kinds.contains($0.kind) }.map(\.path))
        #expect(selection.notes.isEmpty)
    }

    @Test("A disabled technique takes nothing, and its patterns need not fit")
    func disabled() throws {
        let config = try ExampleConfig.compression(
            ("row_pruning.shared_parameters.enabled", false), ("row_pruning.different_groups.rp1.modules", ["nowhere"]))
        let selection = ModuleSelection(config, modules: ExampleConfig.modules)
        #expect(selection.problems.isEmpty)
        #expect(selection.matches.allSatisfy { $0.technique != .rowPruning })
    }

    @Test("snip_momentum takes all layers but the excluded ones and the last linear one")
    func snipMomentum() throws {
        let config = try ExampleConfig.compression(("sparse_pruning", ExampleConfig.snipMomentum))
        let selection = ModuleSelection(config, modules: ExampleConfig.modules)
        let taken = selection.matches.first { $0.technique == .sparsePruning }
        #expect(taken?.group == nil)
        #expect(taken?.modules.count == 14)
        #expect(taken?.modules.suffix(2) == ["conv1", "conv2"])
        #expect(selection.problems.isEmpty)
        #expect(selection.notes.map(\.text) == ["classifier, the last linear layer, stays dense as well"])
    }

    @Test("An exclusion that matches nothing, and one that leaves nothing, are named")
    func exclusions() throws {
        let key = "sparse_pruning.shared_parameters.excluded_modules"
        var config = try ExampleConfig.compression(("sparse_pruning", ExampleConfig.snipMomentum), (key, ["poolr"]))
        #expect(
            ModuleSelection(config, modules: ExampleConfig.modules).problems.map(\.description) == [
                "compression_training.\(key)[0]: \"poolr\" matches no module; did you mean \"pooler\"?"
            ])
        config = try ExampleConfig.compression(
            ("sparse_pruning", ExampleConfig.snipMomentum), (key, ["layer", "conv", "pooler"]))
        #expect(
            ModuleSelection(config, modules: ExampleConfig.modules).problems.map(\.description) == [
                "compression_training.\(key): no layer is left to prune; exclude fewer"
            ])
    }
}
