import LatheFiles
import LatheGolden
import LatheTestFiles
import Testing

@testable import LatheCompression

@Suite("Configs as the original reads them")
struct GoldenConfigTests {
    @Test("Every default is upstream's", arguments: GoldenCase.all("config_parse"))
    func defaults(_ golden: GoldenCase) throws {
        let config = try golden.compressionConfig
        let expected = try #require(golden.entry["expected"])
        #expect(asUpstreamHolds(config.json).sorted == expected.sorted)
    }

    /// Upstream keeps the two parts of `fp16_mixed_quantize` side by side.
    private func asUpstreamHolds(_ json: JSONValue) -> JSONValue {
        let shared = "weight_quantization.shared_parameters."
        let mixing = json["weight_quantization"]?["shared_parameters"]?["fp16_mixed_quantize"]
        return json.setting(shared + "fp16_mixed_quantize", to: mixing?["enabled"])
            .setting(shared + "quantize_change_ratio", to: mixing?["quantize_change_ratio"])
    }

    @Test("Groups take the modules that upstream's search finds", arguments: GoldenCase.all("module_match"))
    func modules(_ golden: GoldenCase) throws {
        let paths = try #require(golden.entry["compressible_modules"]?.array).compactMap(\.string)
        let selection = ModuleSelection(try golden.compressionConfig, modules: paths.map(module))
        let expected = try #require(golden.entry["expected"]?.array)
        #expect(selection.matches.map(json) == expected.map(\.sorted))
        let misses = expected.compactMap { $0["modules"]?.array }.joined().count { $0.array?.isEmpty == true }
        #expect(selection.problems.count == misses, "\(selection.problems)")
    }

    /// The module at `path`, which is an embedding or a linear layer by its name: cases without weights show no more.
    private func module(_ path: String) -> CompressibleModule {
        let isEmbedding = path.contains("emb") || path.hasSuffix("wte") || path.hasSuffix("wpe")
        return CompressibleModule(path, isEmbedding ? .embedding : .linear)
    }

    private func json(_ match: ModuleSelection.Match) -> JSONValue {
        func list(_ paths: [String]) -> JSONValue { .array(paths.map { .string($0) }) }
        let related = match.hits.filter { !$0.related.isEmpty }.map { JSONValue.array($0.related.map(list)) }
        return [
            "modules": .array(match.hits.map { list($0.modules) }), "related_modules": .array(related),
            "technique": .string(match.technique.key),
        ]
    }

    @Test("Techniques come into force at upstream's steps", arguments: GoldenCase.all("schedule"))
    func schedule(_ golden: GoldenCase) throws {
        let config = try golden.compressionConfig
        let schedule = CompressionSchedule(config)
        for (step, expected) in try #require(golden.entry["expected"]?.array).enumerated() {
            let expected = try #require(expected.object)
            let selection = ModuleSelection(config, modules: expected.map { module($0.key) })
            for member in expected {
                let techniques = selection.techniques(at: member.key).filter { schedule.isInForce($0, at: step) }
                #expect(
                    Set(techniques.map { $0.key + "_enabled" }) == Set(member.value.array?.compactMap(\.string) ?? []),
                    "\(member.key) at step \(step)")
            }
        }
    }

    @Test(
        "What the original runs has no problem",
        arguments: GoldenCase.all(
            "config_parse", "module_match", "schedule", "layer", "model", "distill",
            where: { $0.config["compression_training"] != nil }))
    func runs(_ golden: GoldenCase) throws {
        let config = try golden.compressionConfig
        #expect(
            try DeepSpeedConfig(json: ["compression_training": config.json], file: golden.name).compression == config)
    }

    /// The end of Lathe's message for a config on which DeepSpeed raises, by part of DeepSpeed's message, but for the value
    /// of the field behind `got`; `nil` where Lathe does what was meant. Other messages are about shapes.
    private static let answers: [(error: String, answer: String?)] = [
        ("KeyError: 'schedule_offset_end'", nil), ("linalg.norm", nil),
        ("no attribute 'weight_quantization_enabled'", nil),
        ("Only >=4 bits weight quantization", nil), ("neural_compressor", nil), ("nothing to repeat", nil),
        (
            "for ternary weight quantization",
            ".params.target_bits: 2 bits need quantization_type symmetric, got asymmetric; change one of them"
        ),
        (
            "for binary weight quantization",
            ".params.target_bits: 1 bit needs quantization_type symmetric, got asymmetric; change one of them"
        ),
        ("Only 4/8 bits activation quantization", ".params.bits: expected 4 or 8, got "),
        ("NotImplementedError", "shared_parameters.method: expected topk, the only method for heads, got "),
        ("num_heads must be specified", "shared_parameters.num_heads: missing; add an integer 1…65536"),
        ("target_bits must be specified", ".params.target_bits: missing; add an integer 1…16"),
        ("Invalid weight quantize type", "quantization_type: expected one of symmetric, asymmetric, got "),
        ("Invalid row pruning method", "shared_parameters.method: expected one of l1, topk, got "),
        (
            "different_groups must be specified",
            ".different_groups: missing; add a group with params and modules, or set shared_parameters.enabled to false"
        ),
    ]

    private static func answer(to golden: GoldenCase) -> (error: String, answer: String?)? {
        guard golden.config["compression_training"] != nil else { return nil }
        return answers.first { golden.upstreamError.contains($0.error) }
    }

    @Test(
        "What the original raises on is an error with a cure, or works",
        arguments: GoldenCase.all("error", where: { answer(to: $0) != nil }))
    func errors(_ golden: GoldenCase) throws {
        var message: String?
        do throws(CompressionConfigError) {
            _ = try DeepSpeedConfig(json: golden.config, file: golden.name)
        } catch {
            message = error.description
        }
        if let answer = try #require(Self.answer(to: golden)).answer {
            #expect(message?.hasSuffix(answer + golden.valueRefused(by: answer)) == true, "\(message ?? "no error")")
        } else {
            #expect(message == nil)
        }
    }

    @Test(
        "A technique that a layer cannot take, and a layer taken twice, are errors as in the original",
        arguments: GoldenCase.all("error", where: { $0.misfit != nil }))
    func unfit(_ golden: GoldenCase) throws {
        // The layer of these cases is called `fc`.
        let kind: CompressibleModule.Kind = golden.misfit == .embedding ? .embedding : .linear
        let selection = ModuleSelection(try golden.compressionConfig, modules: [.init("fc", kind)])
        let (technique, section) = try #require(
            golden.config["compression_training"]?.object?.first.map { ($0.key, $0.value) })
        let groups = try #require(section["different_groups"]?.object)
        let pattern = JSONValue.quoted(try #require(groups.last?.value["modules"]?[0]?.string))
        let expected =
            golden.misfit == .embedding
            ? "\(pattern) hits only fc; \(technique) takes linear layers, convolutions only"
            : "\(pattern) takes fc, which group \(groups[0].key) has taken; make the patterns exclusive"
        #expect(selection.problems.map(\.text) == [expected])
    }
}

extension GoldenCase {
    fileprivate enum Misfit { case embedding, takenTwice }

    /// DeepSpeed's message, of a case in which it raises.
    fileprivate var upstreamError: String { entry["upstream_error"]?.string ?? "" }

    /// The value that an answer ending with `got ` refuses, as messages show it; empty for other answers.
    fileprivate func valueRefused(by answer: String) -> String {
        guard answer.hasSuffix("got "), let path = answer.split(separator: ":").first,
            let key = path.split(separator: ".").last
        else { return "" }
        return config["compression_training"]?.first(String(key))?.text() ?? ""
    }

    /// Why the layer of a case cannot take a technique, if DeepSpeed raises for that.
    fileprivate var misfit: Misfit? {
        if upstreamError.contains("'Embedding_Compress' object has no attribute 'enable_") { return .embedding }
        return upstreamError.contains("is already added to compression") ? .takenTwice : nil
    }
}

extension JSONValue {
    /// The first value of a field with this name, at any depth.
    fileprivate func first(_ key: String) -> JSONValue? {
        guard let members = object else { return nil }
        return self[key] ?? members.lazy.compactMap { $0.value.first(key) }.first
    }
}
