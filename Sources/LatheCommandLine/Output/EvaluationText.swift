import LatheFiles
import LatheTraining

/// Scores as people read them, and as JSON.
enum EvaluationText {
    /// A line for each metric, then the number of examples and the commonest answer's score.
    static func lines(_ evaluation: Evaluation) -> String {
        var parts = parts(evaluation).map {
            (
                name: $0.name,
                value: $0.value + (evaluation.standardError(of: $0.name).map { " ± \(Quantity.decimal($0, 4))" } ?? "")
            )
        }
        if let count = evaluation.exampleCount { parts.append(("examples", String(count))) }
        if let baseline = evaluation.baseline {
            parts.append(
                ("baseline", "\(Quantity.decimal(baseline.value, 4)) (\(baseline.metric) of always \(baseline.answer))")
            )
        }
        let width = parts.map(\.name.count).max() ?? 0
        return parts.map { $0.name + String(repeating: " ", count: width - $0.name.count + 2) + $0.value }.joined(
            separator: "\n")
    }

    /// All metrics in one line: `accuracy 0.8645, f1 0.8800`.
    static func line(_ evaluation: Evaluation) -> String {
        parts(evaluation).map { "\($0.name) \($0.value)" }.joined(separator: ", ")
    }

    /// The number of examples, and the standard errors.
    static func remarks(_ evaluation: Evaluation) -> [String] {
        guard let count = evaluation.exampleCount else { return [] }
        let errors = evaluation.metrics.compactMap { metric in
            metric.standardError.map { "standard error of \(metric.name) \(Quantity.decimal($0, 4))" }
        }
        return [(["n = \(count)"] + errors).joined(separator: ", ")]
    }

    /// The metrics with their values; MNLI's two accuracies are one, `acc/mm-acc`, as GLUE's scripts print them.
    static func parts(_ evaluation: Evaluation) -> [(name: String, value: String)] {
        if let matched = evaluation["accuracy"], let mismatched = evaluation["accuracy_mm"] {
            return [("acc/mm-acc", "\(Quantity.decimal(matched, 4))/\(Quantity.decimal(mismatched, 4))")]
        }
        return evaluation.metrics.map { ($0.name, Quantity.decimal($0.value, 4)) }
    }

    /// Warns of a model that is no better than the commonest answer.
    static func warnIfNoBetter(_ evaluation: Evaluation) {
        guard evaluation.isNoBetterThanBaseline, let baseline = evaluation.baseline,
            let value = evaluation[baseline.metric]
        else { return }
        Console.current.warn(
            "Warning: \(baseline.metric) \(Quantity.decimal(value, 4)) is no better than \(Quantity.decimal(baseline.value, 4)), "
                + "which always answering \(baseline.answer) has; train longer, or look at the labels")
    }

    /// Prints how often each class was answered for each true one.
    static func printConfusion(_ evaluation: Evaluation) throws {
        guard let confusion = evaluation.confusion else {
            return Console.current.warn(
                "note: no table of answers: there are more than \(ConfusionMatrix.classLimit) classes")
        }
        var table = TextTable(["true \\ answered"] + confusion.labels)
        for (label, row) in zip(confusion.labels, confusion.counts) { table.add([label] + row.map(String.init)) }
        try Console.current.print("\n" + table.text)
    }

    /// `standard_errors`, `baseline` and, where it was asked for, `labels` and `confusion`.
    static func members(_ evaluation: Evaluation?, hasConfusion: Bool) -> [JSONValue.Member] {
        guard let evaluation else { return [] }
        let errors = evaluation.metrics.compactMap { metric in
            metric.standardError.map { JSONValue.Member(metric.name, .number($0)) }
        }
        var members: [JSONValue.Member] = [.init("standard_errors", .object(errors))]
        if let count = evaluation.exampleCount { members.append(.init("examples", .integer(count))) }
        if let baseline = evaluation.baseline {
            members.append(
                .init(
                    "baseline",
                    [
                        "metric": .string(baseline.metric), "value": .number(baseline.value),
                        "answer": .string(baseline.answer),
                    ]))
        }
        if hasConfusion, let confusion = evaluation.confusion {
            members.append(.init("labels", .array(confusion.labels.map(JSONValue.string))))
            members.append(.init("confusion", .array(confusion.counts.map { .array($0.map(JSONValue.integer)) })))
        }
        return members
    }
}

extension Evaluation {
    /// The standard error of the metric called `name`; `nil` if it has none.
    fileprivate func standardError(of name: String) -> Double? { metrics.first { $0.name == name }?.standardError }
}

extension JSONValue {
    /// The object with more members behind its own; those whose keys it has already are left out.
    func adding(_ members: [JSONValue.Member]) -> JSONValue {
        guard case .object(let own) = self else { return self }
        return .object(own + members.filter { member in !own.contains { $0.key == member.key } })
    }
}
