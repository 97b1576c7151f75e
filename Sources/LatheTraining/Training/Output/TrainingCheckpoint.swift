import Foundation
import LatheCheckpoints
import LatheFiles
import LatheNN
import LatheTensor

/// Where a run stands, apart from its tensors.
struct TrainingState: Codable {
    /// Steps done.
    var step: Int
    /// The time that they took.
    var seconds: Double
    /// The size of the log after them.
    var logByteCount: Int
    /// Where the numbers for dropout stand.
    var random: RandomSource.State
    /// Where the numbers for the task's own use stand: the state of its `SplitMix64`.
    var taskRandom: UInt64
    /// The best evaluation so far.
    var best: EvaluatedStep?
    /// How often the optimizer has updated each parameter.
    var updates: [String: Int]
}

/// All that a run needs to go on to the very same numbers: every parameter, trainable or not, the optimizer's memory,
/// random numbers, and counts.
///
/// It is one safetensors file, written all or nothing, so whenever a process is killed the last complete one is there.
package struct TrainingCheckpoint {
    /// The file that it was read from; empty for one that is to be written.
    let path: String
    let state: TrainingState
    /// Of the run that wrote it: the form of `TrainingFingerprint.json`.
    let fingerprint: JSONValue
    private let tensors: [(name: String, tensor: Tensor)]

    private static let stateKey = "lathe.training_state", fingerprintKey = "lathe.training_run"
    private static let modelPrefix = "model.", optimizerPrefix = "optimizer."

    /// What stands now. Tensors are not copied, so it should be written and forgotten before the next step.
    init(
        _ state: TrainingState, _ fingerprint: TrainingFingerprint, _ model: some Module,
        _ optimizer: SavedOptimizerState
    ) {
        path = ""
        self.state = state
        self.fingerprint = fingerprint.json
        tensors =
            Self.parameters(of: model).map { (Self.modelPrefix + $0.path, $0.parameter.detached) }
            + optimizer.tensors.map { (Self.optimizerPrefix + $0, $1) }
    }

    /// Reads the file at `path`.
    /// - Throws: `SafetensorsError`, or `TrainingError.damagedCheckpoint` when it is a file of another kind.
    init(path: String) throws {
        let file = try SafetensorsFile(path: path)
        guard let state = file.metadata[Self.stateKey], let fingerprint = file.metadata[Self.fingerprintKey] else {
            throw TrainingError.damagedCheckpoint(file: path, reason: "is not the checkpoint of a training run")
        }
        do {
            self.state = try Self.decoder.decode(TrainingState.self, from: Data(state.utf8))
            self.fingerprint = try StrictJSON.parse(fingerprint)
        } catch {
            throw TrainingError.damagedCheckpoint(file: path, reason: "its description cannot be read (\(error))")
        }
        self.path = path
        tensors = try file.names.map { ($0, try file.tensor($0)) }
    }

    /// Replaces the file at `path`.
    /// - Throws: `SafetensorsError` for what the file system refuses.
    func write(to path: String) throws {
        let state = String(decoding: try Self.encoder.encode(state), as: UTF8.self)
        var writer = SafetensorsWriter(metadata: [
            "format": "pt", Self.stateKey: state, Self.fingerprintKey: fingerprint.text(),
        ])
        for (name, tensor) in tensors { writer.add(name, tensor) }
        try writer.write(to: path)
    }

    /// Makes sure that a run of this plan can have been where the checkpoint says.
    /// - Throws: `TrainingError.damagedCheckpoint`.
    func check(_ plan: TrainingPlan) throws(TrainingError) {
        let steps = 0..<plan.totalSteps, soFar = 0...max(state.step, 0)
        let conditions = [
            ("step", steps.contains(state.step)), ("seconds", state.seconds.isFinite && state.seconds >= 0),
            ("logByteCount", state.logByteCount >= 0),
            // So many blocks that none that follow overflow.
            ("random.block", state.random.block < 1 << 62),
            ("best.step", state.best.map { soFar.contains($0.step) } ?? true),
            ("updates", state.updates.values.allSatisfy(soFar.contains)),
        ]
        if let (field, _) = conditions.first(where: { !$0.1 }) {
            throw .damagedCheckpoint(
                file: path, reason: "its description has a \(field) that a run of \(plan.totalSteps) steps cannot have")
        }
    }

    /// Gives `model` and `optimizer` what they had.
    /// - Throws: `TrainingError.damagedCheckpoint`, or `OptimizerStateError`; nothing has changed then.
    func restore(_ model: some Module, _ optimizer: any RestorableOptimizer) throws {
        var saved: [String: Tensor] = [:], moments: [String: Tensor] = [:]
        for (name, tensor) in tensors {
            if name.hasPrefix(Self.modelPrefix) { saved[String(name.dropFirst(Self.modelPrefix.count))] = tensor }
            if name.hasPrefix(Self.optimizerPrefix) {
                moments[String(name.dropFirst(Self.optimizerPrefix.count))] = tensor
            }
        }
        let parameters = Self.parameters(of: model)
        for (name, parameter) in parameters {
            guard let tensor = saved[name], tensor.shape == parameter.shape, tensor.dtype == parameter.detached.dtype
            else {
                let expected = "\(parameter.shape) of \(parameter.detached.dtype)"
                throw TrainingError.damagedCheckpoint(
                    file: path, reason: "\(Self.modelPrefix)\(name): expected \(expected)")
            }
        }
        try optimizer.restore(SavedOptimizerState(tensors: moments, steps: state.updates))
        for (name, parameter) in parameters {
            if let tensor = saved[name] { parameter.value = tensor }
        }
    }

    /// Each parameter once, under its first path.
    private static func parameters(of model: some Module) -> [(path: String, parameter: Parameter)] {
        ParameterGroup(model).parameters
    }

    /// JSON that also holds metrics that are no finite numbers.
    private static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return encoder
    }

    private static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return decoder
    }
}
