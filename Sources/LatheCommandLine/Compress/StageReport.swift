import LatheFiles
import LatheWorkflows

/// Models on their way through a compression, side by side.
enum StageReport {
    /// A row for each model: what it scores, the bytes of its file, and how long a batch takes.
    static func text(_ stages: [CompressionStage]) -> String {
        let measures = stages.lazy.compactMap(\.evaluation).first.map { EvaluationText.parts($0).map(\.name) } ?? []
        var table = TextTable(["model"] + measures + ["file", "ms a batch"])
        for stage in stages {
            let values = stage.evaluation.map { EvaluationText.parts($0).map(\.value) } ?? measures.map { _ in "-" }
            table.add(
                [stage.kind.rawValue] + values + [
                    stage.byteCount.map(Quantity.bytes) ?? "-",
                    stage.milliseconds.map { Quantity.decimal($0, 1) } ?? "-",
                ])
        }
        return table.text + (stages.last?.batch.map { "\na batch is \($0); medians, timed in turn" } ?? "")
    }

    /// `[{name, metrics, bytes, ms}]`
    static func json(_ stages: [CompressionStage]) -> JSONValue {
        .array(
            stages.map { stage in
                [
                    "name": .string(stage.kind.rawValue), "metrics": stage.evaluation?.json ?? .object([]),
                    "bytes": stage.byteCount.map(JSONValue.integer) ?? .null,
                    "ms": stage.milliseconds.map(JSONValue.number) ?? .null,
                ]
            })
    }
}
