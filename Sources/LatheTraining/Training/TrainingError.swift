import LatheFiles

/// Why a training run stopped, or did not begin.
public enum TrainingError: CurableError, Equatable {
    /// The loss of a step (counted from 1) or a gradient is no finite number; `parameter` is the first whose gradient
    /// is not.
    case notFinite(step: Int, loss: Float, parameter: String?)
    /// The caller asked for an end after `step` steps. A run without a directory cannot go on.
    case interrupted(step: Int, directory: String?)
    /// The output directory holds `file` of a training run.
    case directoryHoldsRun(directory: String, file: String)
    /// The output directory holds `file` of a model that comes from elsewhere.
    case directoryHoldsModel(directory: String, file: String)
    /// The run that was to go on is at its end.
    case alreadyFinished(directory: String)
    /// The checkpoint belongs to another run: `options.seed: 1 in the checkpoint, 2 now`.
    case differentRun(checkpoint: String, differences: [String])
    /// The checkpoint, or the log beside it, is not what was written.
    case damagedCheckpoint(file: String, reason: String)

    public var description: String {
        switch self {
        case .notFinite(let step, let loss, let parameter):
            let place = parameter.map { "; the gradient of \($0) is not finite" } ?? ""
            return
                "training stopped at step \(step): the loss is \(loss)\(place); lower the learning rate or use float32 precision"
        case .interrupted(let step, let directory?):
            return "training stopped after step \(step) as asked; its state is saved in \(directory)"
        case .interrupted(let step, nil):
            return "training stopped after step \(step) as asked"
        case .directoryHoldsRun(let directory, let file):
            return
                "\(directory): holds a training run (\(file)); resume it, replace it, or name another directory"
        case .directoryHoldsModel(let directory, let file):
            return
                "\(directory): holds a model (\(file)), but no training run; replace it, or name another directory"
        case .alreadyFinished(let directory):
            return
                "\(directory): this training run is finished already; replace it, or name another directory"
        case .differentRun(let checkpoint, let differences):
            return
                "\(checkpoint): belongs to another training run:\n  \(differences.joined(separator: "\n  "))\n"
                + "give the arguments that it began with, or replace it"
        case .damagedCheckpoint(let file, let reason):
            return "\(file): \(reason); the run cannot be resumed from here; replace it"
        }
    }

    public var cures: [Cure] {
        switch self {
        case .notFinite, .interrupted: []
        case .directoryHoldsRun: [.resume, .replaceOutput]
        case .directoryHoldsModel, .alreadyFinished, .differentRun, .damagedCheckpoint: [.replaceOutput]
        }
    }
}
