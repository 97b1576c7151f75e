import LatheModels
import LatheTraining
import LatheWorkflows

/// The arguments of `lathe compress` that name a task and its files.
enum TrainingArguments {
    /// The task, the files and the length that the record of a model names; placeholders for what it does not name.
    /// - Parameters:
    ///   - directory: the model's; `nil` if there is none yet.
    ///   - head: decides the placeholders.
    static func text(learnedBy directory: String?, head: ModelHead) -> String {
        let usual = placeholders(head)
        guard let directory, let task = TaskName(learnedBy: directory) else {
            return "--task \(usual.task) --train \(usual.train) --dev \(usual.dev)"
        }
        let options = (try? RunRecord(path: RunRecord.path(in: directory)))?.options ?? []
        func value(_ name: String) -> String? { options.first { $0.name == name }?.value }
        if task == .digits { return "--task \(task.name)" }
        let length = value("max_length").map { " --max-length \($0)" } ?? ""
        let measuring = value("dev_share").map { "--dev-share \($0)" } ?? "--dev \(value("dev") ?? usual.dev)"
        return "--task \(task.name) --train \(value("train") ?? usual.train) \(measuring)" + length
    }

    private static func placeholders(_ head: ModelHead) -> (task: String, train: String, dev: String) {
        switch head {
        case .languageModel: ("lm", "train.txt", "dev.txt")
        case .imageClassification: ("TASK", "FILES", "FILES")
        case .base, .sequenceClassification, .maskedLanguageModel: ("TASK", "train.tsv", "dev.tsv")
        }
    }
}
