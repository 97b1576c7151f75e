import ArgumentParser
import Foundation
import LatheModels
import LatheTraining

/// What shells propose for options.
extension CompletionKind {
    /// DeepSpeed configs.
    static let configs = CompletionKind.file(extensions: ["json"])
    /// The tasks that a model can learn.
    static let tasks = CompletionKind.list(TaskName.all.map(\.name))
    /// Networks with random weights, and directories.
    static let modelsAndPresets = CompletionKind.custom { _, _, prefix in ModelNames.matching(prefix) }
}

/// What `--model` takes where sizes alone are a model.
enum ModelNames {
    /// Presets, and directories with a slash behind them, that begin with `prefix`, as it is typed.
    static func matching(_ prefix: String) -> [String] {
        let parent = prefix.lastIndex(of: "/").map { String(prefix[...$0]) } ?? ""
        let names = (try? FileManager.default.contentsOfDirectory(atPath: parent.isEmpty ? "." : parent)) ?? []
        let paths = names.sorted().map { parent + $0 }.filter { $0.hasPrefix(prefix) && ModelSource.isDirectory($0) }
        return ModelPreset.all.map(\.name).filter { $0.hasPrefix(prefix) } + paths.map { $0 + "/" }
    }
}
