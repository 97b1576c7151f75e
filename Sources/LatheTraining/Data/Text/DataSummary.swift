/// What a task's files hold, for people to check before hours are spent.
public struct DataSummary: Sendable, Hashable {
    /// A class or label, and how many examples have it.
    public struct Class: Sendable, Hashable {
        public let name: String
        public let count: Int
    }

    /// A file that was read.
    public struct File: Sendable, Hashable {
        public let path: String
        public let exampleCount: Int
        public let skippedRowCount: Int
        /// `nil` for a task whose columns are fixed.
        package let columns: ColumnChoice?
    }

    /// The files to learn from, then those to measure with.
    public let files: [File]
    /// Examples to learn from.
    public let trainCount: Int
    /// Examples to measure with; 0 where nothing is measured.
    public let devCount: Int
    /// The share of the files that is held back to measure with; `nil` if files of their own are named, or none.
    public let devShare: Double?
    /// The classes or labels of the examples to learn from, in the order of the model's outputs; empty for numbers.
    public let classes: [Class]
    /// The score of the commonest answer on the examples to measure with; `nil` without such examples.
    public let baseline: Evaluation.Baseline?
    /// What labels that are numbers were taken for; `nil` if they are names.
    public let numberedLabels: [String]?

    package init(
        _ task: TextTask, train: [TextFiles.Content], dev: [TextFiles.Content],
        examples: (train: [TextExample], dev: [TextExample]), labels: [String],
        devShare: Double?
    ) {
        files = (train + dev).map {
            File(
                path: $0.file.path, exampleCount: $0.file.examples.count, skippedRowCount: $0.file.skippedRowCount,
                columns: $0.columns)
        }
        (trainCount, devCount, self.devShare) = (examples.train.count, examples.dev.count, devShare)
        var counts = [Int](repeating: 0, count: labels.count)
        for example in examples.train {
            switch example.label {
            case .classIndex(let index): counts[Int(index)] += 1
            case .labelIndices(let indices): for index in indices { counts[Int(index)] += 1 }
            case .score, .none: break
            }
        }
        classes = task.problem == .regression ? [] : zip(labels, counts).map { Class(name: $0, count: $1) }
        baseline = TextMetrics.baseline(task, examples.dev.map(\.label), labels: labels)
        numberedLabels = (train + dev).contains { $0.file.hasNumberedLabels } && task.glue == nil ? labels : nil
    }
}
