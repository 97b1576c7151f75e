import Foundation
import LatheTensor

/// What the original computed, recorded: the cases in an `index.json` and the files beside it (the README there says how they are read).
///
/// The environment variable `LATHE_GOLDEN` names another directory of the same form.
public struct GoldenSet: Sendable {
    public let directory: String
    public let cases: [GoldenCase]

    /// The set that tests run.
    public static let shared: GoldenSet = {
        let built = Bundle.module.url(forResource: "golden", withExtension: nil, subdirectory: "Resources")?.path ?? ""
        let directory = ProcessInfo.processInfo.environment["LATHE_GOLDEN"] ?? built
        do {
            return try GoldenSet(directory: directory)
        } catch {
            preconditionFailure("\(directory): no recorded cases: \(error)")
        }
    }()

    public init(directory: String) throws {
        let index = try MappedFile(path: directory + "/index.json").withUnsafeBytes { try StrictJSON.parse($0) }
        self.directory = directory
        cases = (index["cases"]?.array ?? []).map { GoldenCase($0, directory: directory) }
    }

    /// The cases of some kinds.
    public static func all(_ kinds: String...) -> [GoldenCase] { shared.cases.filter { kinds.contains($0.kind) } }

    /// The cases of one kind that `isIncluded` accepts.
    public static func cases(_ kind: String, where isIncluded: (GoldenCase) -> Bool = { _ in true }) -> [GoldenCase] {
        shared.cases.filter { $0.kind == kind && isIncluded($0) }
    }
}

/// One recorded case.
public struct GoldenCase: Sendable, CustomStringConvertible {
    /// The entry of the index.
    public let entry: JSONValue
    private let directory: String

    init(_ entry: JSONValue, directory: String) {
        self.entry = entry
        self.directory = directory
    }

    public var name: String { entry["name"]?.string ?? "" }
    public var kind: String { entry["kind"]?.string ?? "" }
    public var config: JSONValue { entry["config"] ?? .object([]) }
    public var tolerance: JSONValue { entry["tolerance"] ?? .null }
    public var description: String { name }

    /// The case's own tensors.
    public func file() throws -> SafetensorsFile { try file(entry["file"]?.string ?? "") }

    /// A file that the case names by its path in the set.
    public func file(_ path: String) throws -> SafetensorsFile { try SafetensorsFile(path: directory + "/" + path) }
}

extension SafetensorsFile {
    /// The tensors whose names begin with `prefix`, under the rest of their names.
    public func tensors(under prefix: String) throws -> [String: Tensor] {
        try names.filter { $0.hasPrefix(prefix) }.reduce(into: [:]) { $0[String($1.dropFirst(prefix.count))] = try tensor($1) }
    }
}
