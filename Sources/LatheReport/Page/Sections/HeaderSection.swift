/// The title, and what each network came to in a sentence.
struct HeaderSection {
    let report: Report
    let title: String
    let catalogue: Catalogue

    /// The share of its network's score that a model keeps to be named first.
    private static let keptScore = 0.98

    var markup: Markup {
        let results: [Markup] = catalogue.groups.map { group in
            let title: Markup? = catalogue.groups.count > 1 ? "<p class=\"note\">\(group.title):</p>" : nil
            return
                "\(title)<ul class=\"result\">\(group.families.map { "<li>\(Self.sentence($0, isCompared: group.isRanked || group.measure == nil))</li>" as Markup })</ul>"
        }
        let count = report.runs.count
        let summary: Markup? = results.isEmpty ? nil : "\(results)\(Self.rule(catalogue))"
        return """
            <header>
            <h1>\(title)</h1>
            <p class="meta">\(Phrases.date(report.date)) · \(count) \(count == 1 ? "run" : "runs") · made by Lathe \(report.version)</p>
            \(summary)
            </header>
            """
    }

    /// How the model of each sentence was chosen, where there was a choice.
    private static func rule(_ catalogue: Catalogue) -> Markup? {
        guard catalogue.groups.contains(where: { $0.isRanked && $0.families.contains { $0.entries.count > 2 } }) else {
            return nil
        }
        return
            "<p class=\"note\">Of each network the smallest model that keeps 98% of its score; where there is none, the best.</p>"
    }

    private static func sentence(_ family: Catalogue.Family, isCompared: Bool) -> Markup {
        let base = family.base
        guard isCompared, let best = best(family), let comparison = best.comparison else {
            let facts = [
                base.score.map {
                    "\(Phrases.words(base.measure ?? "score")) \(Phrases.score($0, base.standardError, of: base.measure))"
                },
                base.bytes.map(Phrases.bytes), base.milliseconds.map { Phrases.milliseconds($0) + " ms" },
            ].compactMap { $0 }
            return "<b>\(base.name)</b>\(facts.isEmpty ? "" : ": " + facts.joined(separator: ", "))."
        }
        let model = best.model
        let difference =
            Phrases.difference(comparison, of: model.measure).map {
                comparison.isWithinError ? " (\($0) of \(base.name))" : " (\($0))"
            } ?? ""
        let score = model.score.map {
            "\(Phrases.words(model.measure ?? "score")) \(Phrases.score($0, of: model.measure))\(difference)"
        }
        let facts = [score, comparison.bytesShare.map { "\(Phrases.percent($0)) of the bytes" }].compactMap { $0 }
            .joined(separator: " at ")
        guard let speedUp = comparison.speedUp else {
            return "<b>\(model.name)</b>: \(facts.isEmpty ? "compared" : facts), beside <b>\(base.name)</b>."
        }
        let speed: Markup =
            "\(facts.isEmpty ? "" : ", ")\(String(Phrases.times(speedUp.ratio).dropLast())) times as fast as <b>\(speedUp.than)</b>"
        return
            "<b>\(model.name)</b>: \(facts)\(speed)\(speedUp.than == base.name ? .nothing : ", beside <b>\(base.name)</b>" as Markup)."
    }

    /// The smallest that keeps most of the score; where there is none, the one with the best score.
    private static func best(_ family: Catalogue.Family) -> Catalogue.Entry? {
        let scored = family.entries.filter { $0.comparison?.scoreDifference != nil }
        let isHigherBetter = family.base.isHigherBetter, score = family.base.score ?? 0
        let kept = scored.filter { entry in
            guard let value = entry.model.score, entry.comparison?.bytesShare != nil else { return false }
            return isHigherBetter
                ? value >= score - (1 - keptScore) * abs(score) : value <= score + (1 - keptScore) * abs(score)
        }
        if let smallest = kept.min(by: { ($0.comparison?.bytesShare ?? 1) < ($1.comparison?.bytesShare ?? 1) }) {
            return smallest
        }
        return scored.max { (($0.model.score ?? 0) < ($1.model.score ?? 0)) == isHigherBetter }
            ?? family.entries.first { $0.comparison != nil }
    }
}
