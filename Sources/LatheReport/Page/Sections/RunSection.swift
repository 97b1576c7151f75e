import LatheFiles

/// One run: what it came to, its curves, layers, histograms and settings, folded together where there are several runs.
struct RunSection {
    let run: Report.Run
    /// From 1 on; part of its address in the page.
    let number: Int
    /// What the run measured.
    let models: [Report.Model]
    let limits: PageLimits
    let isOpen: Bool
    /// Whether layers are ranked by weight error, there being no measured sensitivity.
    let ranksByError: Bool

    var markup: Markup {
        """
        <details class="run"\(isOpen ? " open=\"open\"" as Markup : .nothing)>
        <summary><h3>\(run.name)</h3> <span class="brief">\(brief)</span></summary>
        <div class="body" id="run-\(number)">
        <p>\(sentence)</p>
        \(notes)
        \(StageTable(record: run.record).markup)
        \(CurveSection(run: run, limits: limits).markup)
        \(LayerSection(layers: run.record.layers, limits: limits).markup)
        \(ranksByError ? SensitivitySection.ranking(byErrorIn: run.record.layers) : nil)
        \(HistogramSection(layers: run.record.layers, inputs: run.record.layerInputs, limits: limits).markup)
        \(SettingsSection(run: run).markup)
        </div>
        </details>

        """
    }

    /// The last model's figures.
    private var brief: String {
        let stage = run.record.stages.last
        let evaluation = stage?.evaluation
        let score = evaluation.map {
            "\(Phrases.words($0.primaryName)) \(Phrases.score($0.primaryValue, of: $0.primaryName))"
        }
        return [
            score, stage?.bytes.map { Phrases.bytes($0) }, stage?.milliseconds.map { Phrases.milliseconds($0) + " ms" },
        ].compactMap { $0 }
            .joined(separator: " · ")
    }

    private var sentence: Markup {
        let record = run.record
        guard !record.model.isEmpty else {
            return "Known by its log alone, last written on \(Phrases.date(record.date))."
        }
        let verb =
            switch record.kind {
            case .train: "Trained"
            case .compress: "Compressed with training"
            case .quantize: "Compressed without training"
            }
        let teacher: Markup? = record.teacher.map { ", taught by <b>\($0)</b>" }
        let task: Markup? = record.task.map { ", for <b>\($0)</b>" }
        let difference: Markup? = record.largestDifference.map {
            " The saved model’s outputs differ from those of the trained one by at most \(Phrases.compact($0)) of the largest."
        }
        return """
            \(verb) from <b>\(record.model)</b>\(teacher)\(task); complete on \(Phrases.date(record.date)) after \(Quantity.duration(record.seconds)).\(difference)
            """
    }

    private var notes: Markup? {
        guard !run.record.notes.isEmpty else { return nil }
        return "<ul class=\"notes\">\(run.record.notes.map { "<li>\($0)</li>" as Markup })</ul>"
    }

    /// A layer's name, which may break behind its points.
    static func path(_ path: String) -> Markup {
        let parts = path.split(separator: ".", omittingEmptySubsequences: false)
        return Markup(
            parts.enumerated().map { "\($0 == 0 ? "" : ".")\($0 == 0 ? .nothing : "<wbr/>" as Markup)\(String($1))" })
    }
}
