import Foundation
import LatheFiles
import Testing

/// A checkout of DeepSpeedExamples to compare with.
private let checkout = ProcessInfo.processInfo.environment["LATHE_DEEPSPEED_EXAMPLES"]

/// Compares the configs of these tests with a checkout of DeepSpeedExamples, whose directory `LATHE_DEEPSPEED_EXAMPLES`
/// names.
@Suite("The published configs and the files that they stand for", .enabled(if: checkout != nil))
struct PublishedFileTests {
    private func text(_ path: String) throws -> String {
        try String(
            decoding: Data(contentsOf: URL(fileURLWithPath: try #require(checkout)).appendingPathComponent(path)),
            as: UTF8.self)
    }

    @Test(
        "A config equals its file",
        arguments: PublishedConfig.bert + PublishedConfig.gpt2 + PublishedConfig.plain + [PublishedConfig.channels])
    func files(_ config: PublishedConfig) throws {
        let parts = config.name.split(separator: "/", maxSplits: 1)
        #expect(
            try Self.sorted(StrictJSON.parse(text("compression/\(parts[0])/config/\(parts[1]).json")))
                == Self.sorted(config.json))
    }

    @Test("MoQ's config equals its file")
    func moq() throws {
        #expect(
            try Self.sorted(StrictJSON.parse(text("training/MoQ/test.json"))) == Self.sorted(PublishedConfig.moq.json))
    }

    @Test("A template with a script's values equals its config", arguments: PublishedConfig.filled)
    func templates(_ config: PublishedConfig) throws {
        let script = try text("compression/bert/bash_script/" + config.name.dropFirst(5)),
            isStructural = config.name.contains("snip")
        var values: [(name: String, value: String)] = []
        for line in script.split(separator: "\n") {
            let parts = line.split(separator: "#")[0].split(separator: "=", maxSplits: 1)
            guard parts.count == 2, parts[0].allSatisfy({ $0.isUppercase || $0.isNumber || $0 == "_" }) else {
                continue
            }
            var value = parts[1].trimmingCharacters(in: .whitespaces)
            if value.hasPrefix("\"") { value = String(value.dropFirst().dropLast()) }
            values.append((String(parts[0]), value.replacingOccurrences(of: "\\\"", with: "\"")))
        }
        let isHalf = values.first { $0.name == "FP16_ENABLE" }?.value == "true"
        values.append(("QuantW_FORWARD", isHalf ? "false" : "true"))
        var text = try text(
            "compression/bert/config/ds_config_\(isStructural ? "structural_pruning_" : "")TEMPLATE.json")
        for (name, value) in values.sorted(by: { $0.name.count > $1.name.count }) {
            text = text.replacingOccurrences(of: name, with: value)
        }
        #expect(try Self.sorted(StrictJSON.parse(text)) == Self.sorted(config.json))
    }

    /// A value with the fields of its objects in the order of their names.
    private static func sorted(_ value: JSONValue) -> JSONValue {
        if let object = value.object {
            return .object(object.map { .init($0.key, sorted($0.value)) }.sorted { $0.key < $1.key })
        }
        if let array = value.array { return .array(array.map(sorted)) }
        return value.double.map(JSONValue.number) ?? value
    }
}
