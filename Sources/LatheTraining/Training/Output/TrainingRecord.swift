import LatheFiles

/// The log and the checkpoint of a run under way.
final class TrainingRecord {
    private let files: TrainingDirectory
    private let log: LineFile
    private var cadence: CheckpointCadence

    init(_ files: TrainingDirectory, log: LineFile, _ cadence: CheckpointCadence) {
        self.files = files
        self.log = log
        self.cadence = cadence
    }

    var logByteCount: Int { log.byteCount }

    func write(_ line: TrainingLine) throws {
        try log.write(line.json.text())
    }

    func isCheckpointDue(after step: Int, at seconds: Double) -> Bool { cadence.isDue(after: step, at: seconds) }

    /// Replaces the checkpoint. The log is on the disk first, so that a checkpoint never knows more of it than there
    /// is.
    func save(_ checkpoint: TrainingCheckpoint, from clock: TrainingClock) throws {
        let start = clock.seconds
        try log.synchronize()
        try checkpoint.write(to: files.checkpointPath)
        cadence.didWrite(from: start, to: clock.seconds)
    }

    /// Writes the last line, from which on the run counts as finished, and removes the checkpoint.
    func finish(_ line: TrainingLine) throws {
        try write(line)
        try log.synchronize()
        try files.removeCheckpoint()
    }
}
