import LatheTensor

extension TaskName {
    /// The task that the log of a training run in `directory` names; nil without such a log.
    public init?(learnedBy directory: String) {
        guard let file = try? MappedFile(path: TrainingDirectory(path: directory).logPath) else { return nil }
        let line = file.withUnsafeBytes { Array($0.prefix(while: { $0 != UInt8(ascii: "\n") })) }
        // The name comes first, then the files: `sst2 from train.tsv dev.tsv`.
        guard let name = (try? StrictJSON.parse(line))?["task"]?.string?.split(separator: " ").first else { return nil }
        self.init(String(name.prefix { $0 != "," }))
    }
}
