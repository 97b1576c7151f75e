import LatheFiles
import LatheWorkflows

/// Shows a compression run.
final class CompressionDisplay {
    private let console = Console.current
    private let training: TrainingDisplay

    /// - Parameter didBegin: called after the first step of a new run, when its directory exists.
    init(isQuiet: Bool, didBegin: @escaping () -> Void) {
        training = TrainingDisplay(isQuiet: isQuiet, didBegin: didBegin)
    }

    /// The steps of the training; 0 before it has begun.
    var totalSteps: Int { training.totalSteps }

    func hear(_ event: CompressionRequest.Event) {
        switch event {
        case .read(let data): DataText.show(data)
        case .planned(let plan, let student, let steps):
            let taken = plan.layers.count { !$0.actions.isEmpty }
            console.warn(
                "\(student.configuration.architecture.className), \(Quantity.count(student.network.parameterCount)) parameters; "
                    + "\(taken) layers are compressed, \(steps) steps")
            if !student.freshParameters.isEmpty {
                console.warn("new, with random weights: \(student.freshParameters.joined(separator: ", "))")
            }
            plan.warnings.forEach { console.warn("note: \($0)") }
        case .began(let techniques, let step):
            training.interrupt()
            console.warn("step \(step): \(techniques.map(\.key).joined(separator: ", ")) in force")
        case .measured(let curvature, let step):
            training.interrupt()
            console.warn(
                "step \(step): curvature of blocks \(curvature.map { Quantity.decimal($0, 2) }.joined(separator: " "))")
        case .training(let event): training.hear(event)
        case .cleaned(let difference):
            training.finish()
            console.warn("cleaned and saved; \(DifferenceText.line(difference))")
        }
    }

    func finish() { training.finish() }
}

/// What came of a compression, as text and as JSON.
enum CompressionText {
    static func report(_ summary: CompressionRequest.Summary, output: String, showsConfusion: Bool = false) throws {
        let console = Console.current
        try console.print(StageReport.text(summary.stages) + "\n")
        if let before = summary.before { try console.print("before: \(EvaluationText.line(before))") }
        if let after = summary.after {
            try console.print("after:  \(EvaluationText.line(after))")
            for line in EvaluationText.remarks(after) { try console.print("        \(line)") }
            if showsConfusion { try EvaluationText.printConfusion(after) }
            EvaluationText.warnIfNoBetter(after)
        }
        try console.print("parameters \(summary.parametersBefore) -> \(summary.parametersAfter)")
        try console.print(
            "\(output): \(Quantity.bytes(summary.byteCount)); the values need \(Quantity.bytes(summary.plan.bytesAfter))"
        )
        for note in summary.notes { try console.print("note: \(note)") }
        let value: JSONValue = [
            "out": .string(output), "metrics": summary.after?.json ?? .object([]), "bytes": .integer(summary.byteCount),
            "seconds": .number(summary.result?.seconds ?? 0), "before": summary.before?.json ?? .object([]),
            "parameters": .integer(summary.parametersAfter), "bytes_needed": .integer(summary.plan.bytesAfter),
        ]
        let rest: [JSONValue.Member] = [
            .init("stages", StageReport.json(summary.stages)),
            .init("batch", summary.stages.last?.batch.map { .string($0) } ?? .null),
        ]
        let scores = EvaluationText.members(summary.after, hasConfusion: showsConfusion)
        try console.emit(value.adding(DifferenceText.members(summary.difference) + rest).adding(scores))
    }
}
