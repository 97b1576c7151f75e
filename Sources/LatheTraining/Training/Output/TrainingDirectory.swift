import Foundation
import LatheFiles
import LatheModels

/// The files of a training run in its directory.
package struct TrainingDirectory {
    let path: String

    package init(path: String) { self.path = path }

    private static let logName = TrainingLog.fileName
    private static let checkpointName = "checkpoint.safetensors"
    /// What tells that a directory holds a model.
    private static let modelNames = [
        "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json",
        "config.json",
    ]

    package var logPath: String { path + "/" + Self.logName }
    var checkpointPath: String { path + "/" + Self.checkpointName }

    /// The name of a file of a run that is there.
    private var runFile: String? { [Self.logName, Self.checkpointName].first(where: contains) }

    private func contains(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path + "/" + name) }

    /// The checkpoint of the run that is there; nil when it has none yet, or when nothing is there.
    package func checkpointToResume() throws -> TrainingCheckpoint? {
        if try isFinished() {
            // A process that was killed between its last line and this has left it.
            try removeCheckpoint()
            throw TrainingError.alreadyFinished(directory: path)
        }
        if contains(Self.checkpointName) { return try TrainingCheckpoint(path: checkpointPath) }
        if runFile == nil { try checkForModel() }
        return nil
    }

    /// Makes sure that nothing is there.
    package func checkIsFree() throws(TrainingError) {
        if let runFile { throw .directoryHoldsRun(directory: path, file: runFile) }
        try checkForModel()
    }

    private func checkForModel() throws(TrainingError) {
        if let file = Self.modelNames.first(where: contains) { throw .directoryHoldsModel(directory: path, file: file) }
    }

    /// Makes the directory, removes what an earlier run left, and begins a log.
    func begin() throws -> LineFile {
        try Self.fileSystem(path, .createDirectory) {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
        try AtomicFile.removeLeftovers(in: path)
        try removeCheckpoint()
        try RunFiles.removeRecord(from: path)
        return try LineFile(creating: logPath)
    }

    /// The log, cut to the `byteCount` bytes that it had when the checkpoint was written.
    func log(cutTo byteCount: Int) throws -> LineFile {
        let found = contains(Self.logName) ? try MappedFile(path: logPath).byteCount : 0
        guard byteCount <= found else {
            let reason = "has \(found) bytes, and the checkpoint knows \(byteCount)"
            throw TrainingError.damagedCheckpoint(file: logPath, reason: reason)
        }
        try AtomicFile.removeLeftovers(in: path)
        return try LineFile(continuing: logPath, after: byteCount)
    }

    func removeCheckpoint() throws {
        guard contains(Self.checkpointName) else { return }
        try Self.fileSystem(checkpointPath, .remove) { try FileManager.default.removeItem(atPath: checkpointPath) }
    }

    /// Whether the log's last line says that the run has come to its end.
    private func isFinished() throws -> Bool {
        guard contains(Self.logName) else { return false }
        let lastLine = try MappedFile(path: logPath).withUnsafeBytes {
            Array($0.split(separator: UInt8(ascii: "\n")).last ?? [])
        }
        // A line that was cut short is no JSON.
        return (try? StrictJSON.parse(lastLine))?["event"]?.string == TrainingLine.endName
    }

    /// Runs `body`, and gives what Foundation throws the form of other file errors.
    private static func fileSystem<Result>(
        _ path: String, _ operation: FileError.Operation, _ body: () throws -> Result
    ) throws -> Result {
        do {
            return try body()
        } catch let error as CocoaError {
            let cause = error.userInfo[NSUnderlyingErrorKey] as? any Error
            throw FileError.system(path: path, operation: operation, code: (cause as? POSIXError)?.code.rawValue ?? EIO)
        }
    }
}
