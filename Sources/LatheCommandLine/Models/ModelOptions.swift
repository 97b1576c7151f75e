import ArgumentParser
import LatheHub
import LatheModels

/// Which model a command opens.
struct ModelOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("A directory in Hugging Face's layout, or a name on the hub (org/model).", valueName: "dir"),
        completion: .directory)
    var model: String

    /// The model's directory, downloaded if need be.
    /// - Parameter files: what a model on the hub must have there.
    func directory(_ files: HubFiles = .model) throws -> String { try HubProgress.directory(for: model, files: files) }
}

/// Shows downloads from the hub.
final class HubProgress {
    private let console = Console.current
    private var file = ""
    private var bar: ProgressBar?

    /// The directory that `argument` stands for, downloaded from the hub where it names a model there.
    static func directory(for argument: String, files: HubFiles = .model) throws -> String {
        let progress = HubProgress()
        defer { progress.bar?.finish() }
        return try ModelSource.directory(for: argument, files: files, report: progress.hear)
    }

    private func hear(_ event: HubEvent) {
        switch event {
        case .warning(let warning):
            bar?.interrupt()
            console.warn("Warning: \(warning)")
        case .progress(let name, let byteCount, let total):
            if name != file {
                bar?.finish()
                (file, bar) = (name, ProgressBar(name, total: total, unit: "bytes", isQuiet: false))
            }
            bar?.update(to: byteCount)
        }
    }
}
