import LatheNN

/// How a run takes what stands in its directory.
public enum TrainingStart: Sendable {
    /// A run or a model that is there is an error.
    case new
    /// The run that is there goes on; without one, a new run begins.
    case resume
    /// What is there gives way as soon as the first step has succeeded, the model when the first better one is saved.
    case overwrite
}

/// Where a training run writes: `training.jsonl`, `checkpoint.safetensors` until it ends, and what `saveModel` writes,
/// which is the best model.
public struct TrainingOutput<Model: Module> {
    /// The directory; made if needed.
    public var directory: String
    public var start: TrainingStart
    /// Writes the model into the directory, each file all or nothing. It is called for each model that is better than
    /// all before.
    public var saveModel: (_ model: Model, _ directory: String) throws -> Void
    /// Called when the model in the directory is the one that stays, before the run counts as finished: what it writes
    /// is there for each run that is.
    public var willFinish: (_ result: TrainingResult) throws -> Void = { _ in }

    public init(
        directory: String, start: TrainingStart = .new,
        saveModel: @escaping (_ model: Model, _ directory: String) throws -> Void
    ) {
        self.directory = directory
        self.start = start
        self.saveModel = saveModel
    }
}

extension TrainingOutput {
    private var files: TrainingDirectory { TrainingDirectory(path: directory) }

    /// The checkpoint to go on from; nil for a new run. Nothing of a run that is not finished is changed.
    /// - Throws: `TrainingError` when the directory holds what is in the way of `start`.
    func checkpoint() throws -> TrainingCheckpoint? {
        switch start {
        case .overwrite: return nil
        case .new:
            try files.checkIsFree()
            return nil
        case .resume: return try files.checkpointToResume()
        }
    }

    /// The record of a new run in a directory that is ready for it.
    func record(_ checkpoints: TrainingOptions.CheckpointInterval) throws -> TrainingRecord {
        try TrainingRecord(files, log: files.begin(), CheckpointCadence(checkpoints, from: 0))
    }

    /// The record of a run that goes on.
    func record(continuing checkpoint: TrainingCheckpoint, _ checkpoints: TrainingOptions.CheckpointInterval) throws
        -> TrainingRecord
    {
        let log = try files.log(cutTo: checkpoint.state.logByteCount)
        return TrainingRecord(files, log: log, CheckpointCadence(checkpoints, from: checkpoint.state.seconds))
    }
}
