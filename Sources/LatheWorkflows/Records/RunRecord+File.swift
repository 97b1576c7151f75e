import Foundation
import LatheFiles

extension RunRecord {
    /// A record of a network with thousands of layers has less.
    static let byteLimit = 64 << 20

    /// Reads a `lathe.json`.
    /// - Throws: `RunRecordError` that names the file and what is wrong in it.
    public init(path: String) throws(RunRecordError) {
        let file: MappedFile
        do throws(FileError) { file = try MappedFile(path: path) } catch { throw .io(error) }
        try self.init(file)
    }

    /// Reads the content of a `lathe.json`.
    /// - Throws: as above.
    package init(_ file: MappedFile) throws(RunRecordError) {
        let path = file.path
        guard file.byteCount <= Self.byteLimit else {
            throw .tooLarge(file: path, byteCount: file.byteCount, limit: Self.byteLimit)
        }
        // Foundation's decoder comes second: it is not made for hostile texts.
        do throws(JSONError) { _ = try StrictJSON.parse(file) } catch {
            throw .malformedJSON(file: path, problem: error)
        }
        do { self = try file.withUnsafeBytes { try RecordJSON.value(RunRecord.self, Data($0)) } } catch {
            throw .invalid(file: path, problem: RecordJSON.problem(error))
        }
        if let problem { throw .invalid(file: path, problem: problem) }
    }

    /// Writes `lathe.json` into `directory`, all or nothing.
    /// - Throws: `FileError`.
    public func write(into directory: String) throws {
        try AtomicFile.write(RecordJSON.text(self, isPretty: true) + "\n", to: Self.path(in: directory))
    }

    /// Where the record of the model in `directory` is.
    public static func path(in directory: String) -> String { directory + "/" + fileName }

    /// A number that no run has, and that sums of such numbers could overflow; nil when all is well.
    private var problem: String? {
        let counts = 0...1 << 40
        func check(_ values: [Int?], _ key: String) -> String? {
            values.contains { $0.map { !counts.contains($0) } ?? false }
                ? "\(key): a number below 0 or beyond \(counts.upperBound)" : nil
        }
        let histograms = layers.flatMap {
            [$0.weightsBefore, $0.weightsAfter, $0.inputsBefore, $0.inputsAfter].compactMap { $0 }
        }
        let shapes = layers.flatMap { [$0.shapeBefore ?? [], $0.shapeAfter] }
        if shapes.contains(where: { shape in
            shape.count > 8 || shape.contains { !(0...1 << 31).contains($0) }
                || shape.reduce(1.0) { $0 * Double($1) } > 1e12
        }) {
            return "layers: a shape that no weight has"
        }
        return check(stages.flatMap { [$0.parameters, $0.bytes] }, "stages") ?? check(moments.map(\.step), "moments")
            ?? check([environment.threads], "environment.threads") ?? check(
                layers.flatMap { [$0.bytesBefore, $0.bytesAfter, $0.inputBits] }, "layers")
            ?? check(histograms.flatMap { $0.counts.map { $0 } }, "layers: a histogram")
            ?? (histograms.allSatisfy {
                $0.counts.count <= 4096 && $0.low.isFinite && $0.high.isFinite && $0.low <= $0.high
            } ? nil : "layers: a histogram without order")
    }
}

/// Why a file is no record of a run.
public enum RunRecordError: DescribedError, Equatable, Sendable {
    case io(FileError)
    case tooLarge(file: String, byteCount: Int, limit: Int)
    case malformedJSON(file: String, problem: JSONError)
    case invalid(file: String, problem: String)

    public var description: String {
        switch self {
        case .io(let error): error.description
        case .tooLarge(let file, let byteCount, let limit):
            "\(file): \(byteCount) bytes, and a record has at most \(limit); remove it, or make the model again"
        case .malformedJSON(let file, let problem):
            "\(file): not valid JSON: \(problem); remove it, or make the model again"
        case .invalid(let file, let problem): "\(file): \(problem); remove it, or make the model again"
        }
    }
}
