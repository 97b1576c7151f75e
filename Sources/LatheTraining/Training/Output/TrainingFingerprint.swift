import LatheFiles
import LatheNN

/// What a run must have in common with a checkpoint to go on from it.
struct TrainingFingerprint {
    let task: String
    let exampleCount: Int
    let options: JSONValue
    /// The shape of each parameter, by its path.
    private let shapes: [JSONValue.Member]
    /// How many numbers the parameters hold.
    let parameterCount: Int

    init(_ task: some TrainingTask, _ options: TrainingOptions, _ model: some Module) {
        self.task = task.identity
        exampleCount = task.exampleCount
        self.options = options.json
        shapes = model.namedParameters.map { .init($0.path, .array($0.parameter.shape.map(JSONValue.integer))) }
        parameterCount = model.parameterCount
    }

    var json: JSONValue {
        ["task": .string(task), "examples": .integer(exampleCount), "options": options, "parameters": .object(shapes)]
    }

    /// Compares this run with the one that wrote `checkpoint`.
    /// - Throws: `TrainingError.differentRun` that names what differs.
    func check(_ checkpoint: TrainingCheckpoint) throws {
        let differences = Self.differences(checkpoint.fingerprint, json, at: "")
        if differences.isEmpty { return }
        let listed = differences.prefix(20), rest = differences.count - listed.count
        throw TrainingError.differentRun(
            checkpoint: checkpoint.path, differences: listed + (rest > 0 ? ["and \(rest) more"] : []))
    }

    /// Where two values differ, one line each.
    private static func differences(_ saved: JSONValue?, _ current: JSONValue?, at path: String) -> [String] {
        if saved == current { return [] }
        guard let saved = saved?.object, let current = current?.object else {
            func text(_ value: JSONValue?) -> String { value?.text() ?? "nothing" }
            return ["\(path): \(text(saved)) in the checkpoint, \(text(current)) now"]
        }
        let values = { (members: [JSONValue.Member]) in
            Dictionary(members.map { ($0.key, $0.value) }) { first, _ in first }
        }
        let (before, now) = (values(saved), values(current))
        let keys = saved.map(\.key) + current.map(\.key).filter { before[$0] == nil }
        return keys.flatMap { differences(before[$0], now[$0], at: path.isEmpty ? $0 : path + "." + $0) }
    }
}
