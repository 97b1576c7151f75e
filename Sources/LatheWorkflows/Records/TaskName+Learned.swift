import LatheFiles
import LatheTraining

extension TaskName {
    /// The task that the model in `directory` was trained for, as its record tells or, before a run has come to its
    /// end, its log; nil without either.
    public init?(learnedBy directory: String) {
        guard let name = (try? RunRecord(path: RunRecord.path(in: directory)))?.task ?? Self.nameInLog(directory) else {
            return nil
        }
        self.init(name)
    }

    private static func nameInLog(_ directory: String) -> String? {
        guard let file = try? MappedFile(path: TrainingDirectory(path: directory).logPath) else { return nil }
        let line = file.withUnsafeBytes { Array($0.prefix(while: { $0 != UInt8(ascii: "\n") })) }
        // The name comes first, then the files: `sst2 from train.tsv dev.tsv`.
        guard let task = (try? StrictJSON.parse(line))?["task"]?.string?.split(separator: " ").first else { return nil }
        return String(task.prefix { $0 != "," })
    }
}
