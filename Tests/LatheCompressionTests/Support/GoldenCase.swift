import Foundation
import LatheTensor
import Testing

/// One case recorded from the original. `LATHE_GOLDEN` names another directory with an `index.json` than the one in the test's resources.
struct GoldenCase: Sendable, CustomTestStringConvertible {
    let name: String
    let kind: String
    /// All of the entry.
    let entry: JSONValue

    var config: JSONValue { entry["config"] ?? .object([]) }
    var testDescription: String { name }

    static let directory: URL = {
        if let path = ProcessInfo.processInfo.environment["LATHE_GOLDEN"], !path.isEmpty { return URL(fileURLWithPath: path) }
        return Bundle.module.bundleURL.appendingPathComponent("Resources/golden")
    }()

    /// The cases of some kinds, all of them without names. No index is no case, which ``GoldenIndexTests`` notices.
    static func all(_ kinds: String...) -> [GoldenCase] {
        guard let data = try? Data(contentsOf: directory.appendingPathComponent("index.json")), let root = try? StrictJSON.parse([UInt8](data)),
            let entries = root["cases"]?.array
        else { return [] }
        return entries.compactMap { entry in
            guard let name = entry["name"]?.string, let kind = entry["kind"]?.string, kinds.isEmpty || kinds.contains(kind) else { return nil }
            return GoldenCase(name: name, kind: kind, entry: entry)
        }
    }
}

@Suite("Recorded cases")
struct GoldenIndexTests {
    @Test("The index is there", arguments: ["config_parse", "module_match", "schedule", "error"])
    func isThere(_ kind: String) {
        #expect(!GoldenCase.all(kind).isEmpty, "no \(kind) in \(GoldenCase.directory.path)/index.json")
    }
}
