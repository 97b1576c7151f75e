import LatheWorkflows

/// The layers that suffer most from being compressed.
struct SensitivitySection {
    let sensitivities: [Report.Sensitivity]
    let hasRuns: Bool
    let commands: ReportPage.Commands?

    /// Rows of a ranking; the rest is in the JSON.
    private static let rowCount = 30

    private var measuring: Markup? { commands.map { " (<code>\($0.sensitivity)</code> does)" } }

    var markup: Markup? {
        guard hasRuns || !sensitivities.isEmpty else { return nil }
        let content =
            sensitivities.isEmpty
            ? "<p>No sensitivity was measured\(measuring). Each run below ranks its layers by how far their weights moved.</p>"
            : Markup(sensitivities.map(table))
        return """
            <section id="sensitivity">
            <h2>Most sensitive layers</h2>
            \(content)
            </section>
            """
    }

    private func table(_ sensitivity: Report.Sensitivity) -> Markup {
        guard !sensitivity.units.isEmpty else { return "<p>No layer was tried in \(sensitivity.file).</p>" }
        let most = sensitivity.units.map(\.divergence).filter { $0.isFinite }.max() ?? 0
        let rows: [Markup] = sensitivity.units.prefix(Self.rowCount).map { unit in
            """
            <tr><th scope="row" class="path">\(RunSection.path(unit.name))</th>\
            <td data-name="divergence" class="bar" style="--share:\(share: most > 0 ? unit.divergence / most : 0)">\(Phrases.compact(unit.divergence))</td>\
            <td data-name="answers changed">\(Phrases.percent(unit.changed))</td><td data-name="saved">\(Phrases.bytes(unit.bytesSaved))</td></tr>
            """
        }
        let rest = sensitivity.units.count - rows.count
        return """
            <div class="scroll">
            <table class="ranking cards">
            <caption>Each alone with \(sensitivity.choice), reading \(sensitivity.calibration) (from \(sensitivity.file))</caption>
            <thead><tr><th scope="col">layer</th><th scope="col">divergence of the outputs</th><th scope="col">answers changed</th>\
            <th scope="col">saved</th></tr></thead>
            <tbody>\(rows)</tbody>
            </table>
            </div>
            \(rest > 0 ? "<p class=\"note\">\(rest) less sensitive ones are in the JSON.</p>" as Markup : .nothing)
            """
    }

    /// In place of a measured sensitivity: a run's layers by what their weights lost.
    static func ranking(byErrorIn layers: [LayerRecord]) -> Markup? {
        let known = layers.compactMap { layer in
            layer.weightError.flatMap { $0.isFinite && $0 >= 0 ? (layer: layer, error: $0) : nil }
        }
        let worst = known.sorted { $0.error > $1.error }.prefix(10)
        guard let most = worst.first?.error, most > 0 else { return nil }
        let rows: [Markup] = worst.map { layer, error in
            """
            <tr><th scope="row" class="path">\(RunSection.path(layer.path))</th>\
            <td data-name="error" class="bar" style="--share:\(share: error / most)">\(Phrases.percent(error))</td>\
            <td data-name="bits">\(Phrases.bits(layer.bits))</td></tr>
            """
        }
        return """
            <h4>Layers whose weights moved most</h4>
            <p class="note">By weight error, ‖W − Ŵ‖ ∕ ‖W‖; not a measured sensitivity.</p>
            <div class="scroll">
            <table class="ranking cards">
            <caption>The \(worst.count) largest weight errors</caption>
            <thead><tr><th scope="col">layer</th><th scope="col">weight error</th><th scope="col">bits</th></tr></thead>
            <tbody>\(rows)</tbody>
            </table>
            </div>
            """
    }
}
