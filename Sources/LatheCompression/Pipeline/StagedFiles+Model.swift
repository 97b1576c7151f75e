import LatheModels
import LatheTasks
import LatheTensor

extension StagedFiles {
    /// Puts a model with its record into `directory`: the configuration, the record, and at last the weights, which tell that all is there.
    static func writeModel<Result>(into directory: String, _ body: (_ staging: String) throws -> Result) throws -> Result {
        try write(into: directory, last: [ModelConfiguration.fileName, RunRecord.fileName, Checkpoint.fileNames[0]], body)
    }
}
