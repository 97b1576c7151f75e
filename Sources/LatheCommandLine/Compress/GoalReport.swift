import LatheCompression
import LatheFiles
import LatheModels
import LatheWorkflows

/// The sizes that a model can reach: a row for each goal.
struct GoalReport {
    private struct Row {
        let starter: StarterConfig
        let plan: CompressionPlan
    }

    private let name: String
    private let rows: [Row]
    /// Goals that the model allows no more, and why.
    private let problems: [String]
    private let parameterCount: Int

    /// - Parameter name: what commands call the model.
    init(_ model: PretrainedModel, name: String) throws {
        var rows: [Row] = [], problems: [String] = []
        for goal in StarterGoal.allCases {
            do {
                let starter = try StarterConfig(goal, for: model.configuration, model: name)
                rows.append(Row(starter: starter, plan: try starter.plan(for: model)))
            } catch let problem as StarterError {
                problems.append(problem.description)
            }
        }
        (self.name, self.rows, self.problems, parameterCount) = (name, rows, problems, model.network.parameterCount)
    }

    private var bytesBefore: Int { 4 * parameterCount }

    var text: String {
        var table = TextTable(
            ["goal", "what becomes of the model", "parameters", "bytes", "of f32", "training"], leftColumns: 2)
        table.add(["", "as it is, in f32", String(parameterCount), Quantity.bytes(bytesBefore), "100.0%", ""])
        for row in rows {
            table.add([
                row.starter.goal.rawValue, row.starter.summary, String(row.plan.parametersAfter),
                Quantity.bytes(row.plan.bytesAfter),
                Quantity.percent(Double(row.plan.bytesAfter) / Double(max(bytesBefore, 1))),
                row.starter.goal.needsTraining ? "yes" : "no",
            ])
        }
        let next = [
            "", "What a goal does to every layer, and how to reach it:", "  lathe plan --model \(name) --goal int8",
            "  lathe quantize --model \(name) --goal int8 --out int8",
            "  \(CompressionChoice.goal(.oneBit).compressCommand(model: name, output: "1bit"))",
            "A config to change: lathe config init --goal int8 --model \(name) --out int8.json",
        ]
        return ([table.text] + next + problems.uniqued.map { "note: \($0)" }).joined(separator: "\n")
    }

    var json: JSONValue {
        let goals = rows.map { row -> JSONValue in
            [
                "goal": .string(row.starter.goal.rawValue), "summary": .string(row.starter.summary),
                "parameters": .integer(row.plan.parametersAfter),
                "bytes": .integer(row.plan.bytesAfter), "training": .bool(row.starter.goal.needsTraining),
            ]
        }
        return [
            "goals": .array(goals), "bytes_before": .integer(bytesBefore),
            "warnings": .array(problems.uniqued.map(JSONValue.string)),
        ]
    }
}
