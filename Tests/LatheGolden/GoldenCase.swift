import Foundation
import LatheCheckpoints
import LatheFiles
import LatheTensor

/// What the original code of DeepSpeed Compression (release 0.19.6) gave for one small problem: inputs and outputs in a
/// safetensors file, described by an entry of `index.json`.
///
/// The cases come from the directory that the environment variable `LATHE_GOLDEN` names, or from this target's
/// resources; the README there says how they are read.
public struct GoldenCase: Sendable, CustomStringConvertible {
    public let name: String
    public let kind: String
    /// The arguments, or for layers the DeepSpeed JSON.
    public let config: JSONValue
    /// The whole entry.
    public let entry: JSONValue
    public let tolerance: GoldenTolerance
    private let directory: URL

    public var description: String { name }

    /// Returns the cases of some kinds that meet a condition, in the order of the index.
    ///
    /// The directory that `LATHE_GOLDEN` names may lack such cases: a test of them then has no arguments. Without
    /// `LATHE_GOLDEN`, finding none traps, so that no test passes on no cases. So does an index that cannot be read.
    public static func all(
        _ kinds: String..., where isIncluded: (GoldenCase) -> Bool = { _ in true }
    ) -> [GoldenCase] {
        let cases = index.map(GoldenCase.init(entry:)).filter { kinds.contains($0.kind) && isIncluded($0) }
        precondition(!cases.isEmpty || namedDirectory != nil, "no such cases of \(kinds) in \(directory.path)")
        return cases
    }

    private static let namedDirectory = ProcessInfo.processInfo.environment["LATHE_GOLDEN"]
        .map { URL(fileURLWithPath: $0) }
    private static let directory = namedDirectory ?? Bundle.module.bundleURL.appendingPathComponent("Resources")

    private static let index: [JSONValue] = {
        let url = directory.appendingPathComponent("index.json")
        do {
            return try StrictJSON.parse(String(contentsOf: url, encoding: .utf8))["cases"]?.array ?? []
        } catch {
            preconditionFailure("\(url.path): \(error)")
        }
    }()

    private init(entry: JSONValue) {
        name = entry["name"]?.string ?? ""
        kind = entry["kind"]?.string ?? ""
        config = entry["config"] ?? .object([])
        self.entry = entry
        tolerance = GoldenTolerance(entry["tolerance"] ?? .null)
        directory = Self.directory
    }

    /// The tolerances as the entry has them, for cases with several.
    public var limits: JSONValue { entry["tolerance"] ?? .null }

    /// The case's own file.
    package func file() throws -> SafetensorsFile { try open() }

    /// A file that the case names by its path in the set.
    package func file(_ path: String) throws -> SafetensorsFile {
        try SafetensorsFile(path: directory.appendingPathComponent(path).path)
    }

    /// The names of the tensors that belong to this case, in the order of the entry.
    public var tensorNames: [String] { entry["tensors"]?.object?.map(\.key) ?? [] }

    /// The tensor called `name`.
    public func tensor(_ name: String) throws -> Tensor { try open().tensor(name) }

    /// The tensor called `name`, or nil where the case has none.
    public func tensorIfPresent(_ name: String) throws -> Tensor? {
        let file = try open()
        return file[name] == nil ? nil : try file.tensor(name)
    }

    private func open() throws -> SafetensorsFile {
        try SafetensorsFile(path: directory.appendingPathComponent(entry["file"]?.string ?? "").path)
    }
}

extension SafetensorsFile {
    /// The tensors whose names begin with `prefix`, under the rest of their names.
    public func tensors(under prefix: String) throws -> [String: Tensor] {
        try names.filter { $0.hasPrefix(prefix) }.reduce(into: [:]) {
            $0[String($1.dropFirst(prefix.count))] = try tensor($1)
        }
    }
}
