import LatheFiles
import LatheTraining

/// The end of a run that was asked for: not a failure, though the work is not done.
struct StoppedRun: DescribedError, Equatable {
    /// Steps done; they are saved.
    let step: Int
    let totalSteps: Int
    /// What continues the run: `lathe train --resume --out sentiment`.
    let command: String

    /// Runs `body`, and throws a `StoppedRun` where it ends because an end was asked for.
    /// - Parameters:
    ///   - command: the name of the running command.
    ///   - output: the directory of the run.
    ///   - totalSteps: the steps of the run, as far as it has told them.
    static func explaining<Result>(
        _ command: String, _ output: String, totalSteps: () -> Int, _ body: () throws -> Result
    ) throws -> Result {
        do { return try body() } catch TrainingError.interrupted(let step, _) {
            throw StoppedRun(step: step, totalSteps: totalSteps(), command: RunArguments.resumption(command, output))
        }
    }

    var description: String {
        if step == 0 { return "Stopped before the first step; nothing was written." }
        return "Stopped after step \(step) of \(totalSteps), which is saved. Continue with:\n  \(command)"
    }
}
