import Foundation
import LatheTensor

/// What the original code of DeepSpeed Compression (release 0.19.6) gave for one small problem: inputs and outputs in a safetensors file, described by an entry
/// of `index.json`.
///
/// The cases come from the directory that the environment variable `LATHE_GOLDEN` names, or from this target's resources, of which the index lists all kinds
/// and the files belong to some.
public struct GoldenCase: Sendable, CustomStringConvertible {
    public let name: String
    /// The arguments, or for layers the DeepSpeed JSON.
    public let config: JSONValue
    /// The whole entry.
    public let entry: JSONValue
    public let tolerance: GoldenTolerance
    private let directory: URL

    public var description: String { name }

    /// All cases of one kind, in the order of the index. An index that cannot be read traps, lest tests pass on no cases.
    public static func all(_ kind: String) -> [GoldenCase] {
        let cases = index.filter { $0["kind"]?.string == kind }.map(GoldenCase.init(entry:))
        precondition(!cases.isEmpty, "no cases of kind \(kind) in \(directory.path)")
        return cases
    }

    private static let directory: URL = {
        if let path = ProcessInfo.processInfo.environment["LATHE_GOLDEN"] { return URL(fileURLWithPath: path) }
        return Bundle.module.bundleURL.appendingPathComponent("Resources")
    }()

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
        config = entry["config"] ?? .null
        self.entry = entry
        tolerance = GoldenTolerance(entry["tolerance"] ?? .null)
        directory = Self.directory
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
