import Foundation
import LatheTraining
import LatheWorkflows

/// A directory in which a run has written.
struct RunDirectory {
    /// How many levels below a directory runs are looked for.
    static let levels = 3
    /// Where a compression trains.
    private static let trainingFolder = "training"

    let path: String
    let record: RunRecord
    /// Nil for a run without training.
    let log: TrainingLog?

    /// The runs in a directory: the one that it is of, or those below it.
    /// - Throws: `ReportError`, and what is wrong with the files of a run.
    static func all(in directory: String) throws -> [RunDirectory] {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: directory, isDirectory: &isDirectory), isDirectory.boolValue else {
            throw ReportError.noDirectory(directory)
        }
        let found = try search(trimmed(directory), levels: levels)
        if found.isEmpty { throw ReportError.noRuns(directory: directory) }
        return found.enumerated().sorted { ($0.element.record.date, $0.offset) < ($1.element.record.date, $1.offset) }
            .map(\.element)
    }

    private static func search(_ directory: String, levels: Int) throws -> [RunDirectory] {
        if let run = try RunDirectory(directory) { return [run] }
        guard levels > 0 else { return [] }
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: directory) } catch {
            throw ReportError.unreadable(directory: directory, reason: error.localizedDescription)
        }
        return try names.filter { !$0.hasPrefix(".") }.sorted().flatMap { name -> [RunDirectory] in
            let path = directory == "/" ? "/" + name : directory + "/" + name
            var isDirectory: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue else {
                return []
            }
            return try search(path, levels: levels - 1)
        }
    }

    /// Nil where no run has written.
    private init?(_ path: String) throws {
        func file(_ name: String) -> String? {
            FileManager.default.fileExists(atPath: path + "/" + name) ? path + "/" + name : nil
        }
        let own = file(TrainingLog.fileName), inner = file(Self.trainingFolder + "/" + TrainingLog.fileName)
        log = try (own ?? inner).map { try TrainingLog(path: $0) }
        self.path = path
        if let file = file(RunRecord.fileName) {
            record = try RunRecord(path: file)
        } else if let log {
            let changed =
                try? FileManager.default.attributesOfItem(atPath: own ?? inner ?? path)[.modificationDate] as? Date
            record = Self.record(of: log, isCompression: own == nil, changed: changed ?? .now)
        } else {
            return nil
        }
    }

    /// What a log alone tells: that of a run which goes on or was killed, or of one that kept no record.
    private static func record(of log: TrainingLog, isCompression: Bool, changed: Date) -> RunRecord {
        let environment = RunEnvironment(version: "", system: "", isa: "", cpuFeatures: [], threads: 0, command: [])
        let seconds = log.end?.seconds ?? log.steps.last?.seconds ?? 0
        var record = RunRecord(
            kind: isCompression ? .compress : .train, date: changed, seconds: seconds, environment: environment,
            model: "")
        record.options = log.options.map { .init($0.key, $0.value.string ?? $0.value.text()) }
        let reached = log.steps.last.map { "step \($0.step)" } ?? "its first step",
            total = log.totalSteps.map { " of \($0)" } ?? ""
        record.notes = [
            log.end == nil
                ? "this run has not come to its end: it is at \(reached)\(total); only its curves are known"
                : "there is no \(RunRecord.fileName) beside this run's log: it was not complete, or an earlier version made it; only its curves are known"
        ]
        return record
    }

    private static func trimmed(_ path: String) -> String {
        path.count > 1 && path.hasSuffix("/") ? trimmed(String(path.dropLast())) : path
    }
}
