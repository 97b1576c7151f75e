import ArgumentParser
import LatheCompression
import LatheFiles
import LatheModels

/// Shows what a config would do.
struct PlanCommand: WorkingCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show what a compression config would do to every layer of a model, without training.",
        discussion: """
            Bytes after compression count the bits that values need: codes and scales of quantised weights, what is left of pruned ones. Without --goal \
            and --config, what each goal would leave of the model.

            Examples:
              lathe plan --model sentiment
              lathe plan --model sentiment --goal int8
              lathe plan --model sentiment --config w8a8.json
              lathe plan --model sentiment --config heads.json --steps 660 --json
              lathe plan --model bert-base --config xtc.json
            """)

    @Option(
        help: ArgumentHelp(
            "A directory, a name on the hub (org/model), or the sizes of bert-base, gpt2, resnet20, …", valueName: "dir"
        ),
        completion: .modelsAndPresets)
    var model: String

    @OptionGroup var choice: ConfigOptions

    @Option(
        help: ArgumentHelp(
            "The model whose layers a student begins with, as for lathe compress. (default: the model itself)",
            valueName: "dir"),
        completion: .directory)
    var teacher: String?

    @Option(help: "The steps of the training to come, for what its schedule would miss.")
    var steps: Int?

    @Flag(help: "Show layers that nothing happens to as well.")
    var all = false

    @Flag(
        help:
            "Print one JSON object instead: layers, bytesBefore, bytesAfter, warnings; without --goal and --config goals, bytesBefore, warnings."
    )
    var json = false

    func validate() throws {
        if let steps { try BenchOptions.check(steps, in: 1...1_000_000_000, "--steps") }
        let given = [("--teacher", teacher != nil), ("--steps", steps != nil), ("--all", all)].first { $0.1 }?.0
        if choice.choice == nil, let given { throw ValidationError("\(given) goes with --config or --goal.") }
    }

    func work() throws {
        if let choice = choice.choice { return try plan(choice) }
        let report = try GoalReport(open(), name: model), console = Console.current
        try console.print(report.text)
        try console.emit(report.json)
    }

    private func plan(_ choice: CompressionChoice) throws {
        var opened: PretrainedModel?
        let settings = try choice.settings(model: model, for: .compressionOnly) {
            let model = try open()
            opened = model
            return model.configuration
        }
        let config = settings.config, file = settings.file
        try config.checkAsksForCompression(file: file)
        let model = try opened ?? open(), reducer = LayerReducer(config.compression.layerReduction)
        let source = try teacher.map { try PretrainedModel(directory: try HubProgress.directory(for: $0)) } ?? model
        let reduction = reducer.flatMap { $0.isDone(in: model, teacher: source) ? nil : $0 }
        let student = try reduction?.student(of: source, like: model) ?? model
        let compression = try Compression(config.compression, of: student, file: InputFile.name(file))
        let plan = CompressionPlan(compression, totalSteps: steps), console = Console.current
        var warnings = config.notes.map(\.description) + plan.warnings
        if let reducer {
            warnings.insert(
                "layer_reduction: the student has \(reducer.layers.count) layers, the teacher's \(reducer.layers)",
                at: 0)
        }
        try console.print(PlanReport.text(plan, before: model, warnings, showsAll: all))
        try console.emit(PlanReport.json(plan, before: model, warnings))
    }

    /// The model, or one of a preset's sizes with random weights and two labels.
    private func open() throws -> PretrainedModel {
        if let preset = ModelPreset(model), !ModelSource.isDirectory(model) {
            return PretrainedModel(preset.configuration(labels: ["LABEL_0", "LABEL_1"]))
        }
        return try PretrainedModel(directory: try HubProgress.directory(for: model))
    }
}

/// A plan as text and as JSON.
enum PlanReport {
    static func text(_ plan: CompressionPlan, before: PretrainedModel, _ warnings: [String], showsAll: Bool) -> String {
        var table = TextTable(["layer", "what happens", "shape", "parameters", "", "bytes", ""], leftColumns: 3)
        for layer in plan.layers where showsAll || !layer.actions.isEmpty || layer.shapeAfter != layer.shapeBefore {
            let shape =
                layer.shapeAfter == layer.shapeBefore
                ? "\(layer.shapeBefore)" : "\(layer.shapeBefore) -> \(layer.shapeAfter)"
            let actions = layer.actions.map { $0.summary + ($0.firstStep > 0 ? " from step \($0.firstStep)" : "") }
                .joined(separator: "; ")
            table.add([
                layer.path, actions, shape, String(layer.parametersBefore), "-> \(layer.parametersAfter)",
                Quantity.bytes(layer.bytesBefore),
                "-> \(Quantity.bytes(layer.bytesAfter))",
            ])
        }
        let parameters = before.network.parameterCount,
            share = Quantity.percent(Double(plan.bytesAfter) / Double(max(4 * parameters, 1)))
        let untouched = plan.layers.count { $0.actions.isEmpty && $0.shapeAfter == $0.shapeBefore }
        var lines = [table.text, ""]
        if !showsAll, untouched > 0 { lines.append("\(untouched) layers stay as they are (--all shows them)") }
        lines.append(
            "parameters \(parameters) -> \(plan.parametersAfter); bytes \(Quantity.bytes(4 * parameters)) -> \(Quantity.bytes(plan.bytesAfter)), \(share)"
        )
        return (lines + warnings.map { "note: \($0)" }).joined(separator: "\n")
    }

    static func json(_ plan: CompressionPlan, before: PretrainedModel, _ warnings: [String]) -> JSONValue {
        let layers = plan.layers.map { layer -> JSONValue in
            let methods = layer.actions.map { action -> JSONValue in
                [
                    "technique": .string(action.technique.key), "group": .string(action.group),
                    "summary": .string(action.summary),
                    "first_step": .integer(action.firstStep), "related": .array(action.related.map(JSONValue.string)),
                ]
            }
            return [
                "path": .string(layer.path), "methods": .array(methods),
                "parameters_before": .integer(layer.parametersBefore),
                "parameters_after": .integer(layer.parametersAfter), "bytes_before": .integer(layer.bytesBefore),
                "bytes_after": .integer(layer.bytesAfter),
            ]
        }
        return [
            "layers": .array(layers), "bytes_before": .integer(4 * before.network.parameterCount),
            "bytes_after": .integer(plan.bytesAfter),
            "warnings": .array(warnings.map(JSONValue.string)),
        ]
    }
}
