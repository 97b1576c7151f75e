import ArgumentParser
import LatheCheckpoints
import LatheFiles
import LatheModels
import LatheWorkflows

/// Shows what a model consists of.
struct InspectCommand: WorkingCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show the parts of a model: kinds, shapes, types, parameters, bytes.",
        discussion: """
            Parts that are built alike are shown once. Models that Lathe cannot run are shown too.

            Examples:
              lathe inspect bert-base-uncased
              lathe inspect my-model --all
              lathe inspect pytorch_model.bin --depth 2
            """)

    @Argument(
        help: ArgumentHelp("A directory, a name on the hub (org/model), or a file with weights.", valueName: "dir"),
        completion: .file())
    var model: String

    @Option(help: "Levels of parts to show. (default: all)")
    var depth: Int?

    @Flag(help: "Show parts that are built alike one by one.")
    var all = false

    @Flag(help: "Print one JSON object instead: architecture, parameters, bytes, files, tensors, not_finite.")
    var json = false

    func validate() throws {
        if let depth { try BenchOptions.check(depth, in: 1...1000, "--depth") }
    }

    func work() throws {
        let isFile = ModelSource.isFile(model)
        let inspection = try ModelInspection(isFile ? model : HubProgress.directory(for: model)),
            console = Console.current
        try console.print(InspectionReport(depth: depth ?? .max, showsAll: all).text(inspection))
        try console.emit(InspectionReport.json(inspection))
    }
}

/// A model's parts as text and as JSON.
struct InspectionReport {
    /// Levels of parts that are shown.
    let depth: Int
    /// Whether parts that are built alike are shown one by one.
    let showsAll: Bool

    /// The longest name that is shown, in characters: all lines are as wide as the longest one.
    private static let longestName = 100

    func text(_ inspection: ModelInspection) -> String {
        var table = TextTable(["part", "kind", "shape", "type", "parameters", "bytes"], leftColumns: 4)
        add(inspection.tree, to: &table, level: 0)
        return ([table.text, ""] + summary(inspection)).joined(separator: "\n")
    }

    private func summary(_ inspection: ModelInspection) -> [String] {
        let tree = inspection.tree
        var lines = ["\(inspection.path): \(tree.parameterCount) parameters, \(Quantity.bytes(tree.byteCount))"]
        if inspection.files.count > 1 { lines[0] += " in \(inspection.files.count) files" }
        if let configuration = inspection.configuration {
            lines.append(
                configuration.architecture.className
                    + (configuration.labels.isEmpty
                        ? ""
                        : ", labels " + MessageText.shortened(configuration.labels.joined(separator: ", "), to: 1000)))
        }
        let shown = inspection.notFinite.prefix(8).map { "\($0.name): \($0.element)" }
        if !shown.isEmpty { lines.append("not finite, so that no command computes with the model:") }
        lines += shown.map { "  " + $0 }
        if inspection.notFinite.count > shown.count {
            lines.append("  and \(inspection.notFinite.count - shown.count) more tensors")
        }
        if let problem = inspection.configurationProblem { lines.append("not a model that Lathe runs: \(problem)") }
        return lines
    }

    /// Adds the rows of everything below `tree`.
    private func add(_ tree: TensorTree, to table: inout TextTable, level: Int) {
        let indent = String(repeating: "  ", count: level)
        for tensor in tree.tensors {
            table.add([
                indent + MessageText.shortened(TensorTree.lastName(tensor), to: Self.longestName), "",
                MessageShape.text(tensor), MessageShape.type(tensor), String(tensor.parameterCount),
                Quantity.bytes(tensor.byteCount),
            ])
        }
        var index = 0
        while index < tree.children.count {
            let child = tree.children[index]
            let count = showsAll ? 1 : tree.children[index...].prefix { $0.isAlike(child) && Int($0.name) != nil }.count
            let last = tree.children[index + max(count, 1) - 1]
            let name = count > 1 ? "\(child.name)…\(last.name)" : child.name
            let kind = (count > 1 ? "\(count) × " : "") + (child.kind ?? "")
            let parameters = String(child.parameterCount * max(count, 1)),
                bytes = Quantity.bytes(child.byteCount * max(count, 1))
            table.add([indent + MessageText.shortened(name, to: Self.longestName), kind, "", "", parameters, bytes])
            if level + 1 < depth { add(child, to: &table, level: level + 1) }
            index += max(count, 1)
        }
    }

    static func json(_ inspection: ModelInspection) -> JSONValue {
        var tensors: [JSONValue] = []
        func add(_ tree: TensorTree) {
            for tensor in tree.tensors {
                tensors.append([
                    "name": .string(tensor.name), "kind": tree.kind.map(JSONValue.string) ?? .null,
                    "shape": .array(tensor.shape.map(JSONValue.integer)),
                    "dtype": .string(tensor.storedType.rawValue), "parameters": .integer(tensor.parameterCount),
                    "bits": .number(tensor.bits),
                    "bytes": .integer(tensor.byteCount),
                ])
            }
            tree.children.forEach(add)
        }
        add(inspection.tree)
        return [
            "architecture": inspection.configuration.map { .string($0.architecture.className) } ?? .null,
            "parameters": .integer(inspection.tree.parameterCount), "bytes": .integer(inspection.tree.byteCount),
            "files": .array(inspection.files.map(JSONValue.string)), "tensors": .array(tensors),
            "not_finite": .array(inspection.notFinite.map { .string($0.name) }),
        ]
    }
}

/// Shapes as people read them.
private enum MessageShape {
    /// Of a packed weight, the weight's.
    static func text(_ tensor: CheckpointEntry) -> String {
        var shape = tensor.shape
        if case .codes(let weight, _) = tensor.packing { shape = weight }
        return "[" + shape.map(String.init).joined(separator: ", ") + "]"
    }

    /// The type in the file and, of a packed weight, the bits of each number.
    static func type(_ tensor: CheckpointEntry) -> String {
        guard case .codes(_, let bits) = tensor.packing else { return tensor.storedType.rawValue }
        let tenths = Int((bits * 10).rounded())
        return
            "\(tensor.storedType.rawValue), \(tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)") bits"
    }
}
