import LatheFiles
import LatheWorkflows

/// Shows a search.
final class SearchDisplay {
    private let console = Console.current
    private let isQuiet: Bool
    private var bar: ProgressBar?
    private var title = ""

    init(isQuiet: Bool) { self.isQuiet = isQuiet }

    func hear(_ event: ConfigSearch.Event) {
        switch event {
        case .measuring(let done, let total): show("measuring", done, total, "trials")
        case .refining(let round, let done, let total): show("round \(round + 1)", done, total, "layers")
        case .checked(let proposal):
            finish()
            let score = proposal.evaluation.map { ", " + EvaluationText.line($0) } ?? ""
            console.warn(
                "proposal: \(Quantity.bytes(proposal.byteCount)), \(QualityLossText.line(proposal.damage))\(score)")
        }
    }

    private func show(_ title: String, _ done: Int, _ total: Int, _ unit: String) {
        if title != self.title { finish() }
        if bar == nil { (bar, self.title) = (ProgressBar(title, total: total, unit: unit, isQuiet: isQuiet), title) }
        bar?.update(to: done)
    }

    func finish() {
        bar?.finish()
        bar = nil
    }
}
