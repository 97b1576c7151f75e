import LatheWorkflows

/// What is needed to do a run again: the command, the config, the options and the machine.
struct SettingsSection {
    let run: Report.Run

    /// Characters of a config that are shown.
    private static let largestConfig = 100_000

    var markup: Markup {
        let environment = run.record.environment
        let facts = [
            ("Lathe", environment.version), ("system", environment.system), ("processor", environment.processor ?? ""),
            ("kernels", environment.isa),
            ("threads", environment.threads > 0 ? String(environment.threads) : ""),
            ("CPU features", environment.cpuFeatures.joined(separator: " ")),
            ("scored on", run.record.scoredOn.map(Self.text) ?? ""), ("directory", run.directory),
        ]
        let options = run.record.options.map { (Phrases.words($0.name), $0.value) }
        return """
            <h4>How it was made</h4>
            \(command)
            \(config)
            \(options.isEmpty ? .nothing : Self.folded("Options of the training", Self.list(options)))
            \(Self.folded("Environment", Self.list(facts.filter { !$0.1.isEmpty })))
            """
    }

    private var command: Markup? {
        let arguments = run.record.environment.command
        return arguments.isEmpty ? nil : "<pre class=\"wrapped\">\(Phrases.commandLine(arguments))</pre>"
    }

    private var config: Markup? {
        run.record.config.map { text in
            let shown =
                text.unicodeScalars.count > Self.largestConfig
                ? String(text.unicodeScalars.prefix(Self.largestConfig)) + "\n…" : text
            return Self.folded("Config", "<pre tabindex=\"0\">\(shown)</pre>")
        }
    }

    /// The files with the beginnings of their digests, and the note.
    private static func text(_ data: ScoredData) -> String {
        (data.files.prefix(20).map { "\($0.path) (SHA-256 \($0.digest.prefix(12)))" } + [data.note ?? ""]).filter {
            !$0.isEmpty
        }.joined(separator: ", ")
    }

    private static func folded(_ title: String, _ content: Markup) -> Markup {
        "<details><summary>\(title)</summary>\(content)</details>"
    }

    private static func list(_ facts: [(String, String)]) -> Markup {
        "<dl>\(facts.map { "<dt>\($0)</dt><dd>\($1)</dd>" as Markup })</dl>"
    }
}
