import LatheFiles
import LatheTensor

/// What an optimizer remembers of the steps so far. It is a value: a copy stays as it is while the optimizer goes on.
package struct OptimizerState {
    /// The memory of one parameter.
    package struct Entry {
        /// How often the parameter was updated.
        package var step: Int
        /// Running means and the like, each of the parameter's shape.
        package var slots: [Tensor]
    }

    /// By the parameter's path; one that was never updated has none.
    package private(set) var entries: [String: Entry] = [:]

    package init() {}

    /// Changes the memory of one parameter, which begins with zeros.
    mutating func withEntry(at path: String, slots: Int, shape: [Int], _ body: (inout Entry) -> Void) {
        body(&entries[path, default: Entry(step: 0, slots: (0..<slots).map { _ in .longLivedZeros(shape) })])
    }
}

// MARK: - Checkpoints

/// An optimizer's state as a checkpoint holds it.
package struct SavedOptimizerState {
    /// By the parameter's path and the slot's name: `encoder.weight.exp_avg`.
    public var tensors: [String: Tensor]
    /// How often each parameter was updated, by its path.
    public var steps: [String: Int]

    public init(tensors: [String: Tensor], steps: [String: Int]) {
        self.tensors = tensors
        self.steps = steps
    }
}

extension RestorableOptimizer {
    /// What a checkpoint needs for this optimizer to go on as if it had never stopped.
    package var savedState: SavedOptimizerState {
        var saved = SavedOptimizerState(tensors: [:], steps: [:])
        for (path, entry) in state.entries {
            saved.steps[path] = entry.step
            for (name, slot) in zip(slotNames, entry.slots) { saved.tensors[path + "." + name] = slot }
        }
        return saved
    }

    /// Goes on from a checkpoint.
    /// - Throws: `OptimizerStateError` if it does not fit these parameters; then nothing has changed.
    package func restore(_ saved: SavedOptimizerState) throws {
        state = try OptimizerState(
            saved, slotNames: slotNames, shapes: namedParameters.map { ($0.path, $0.parameter.shape) })
    }
}

extension OptimizerState {
    fileprivate init(_ saved: SavedOptimizerState, slotNames: [String], shapes: [(path: String, shape: [Int])]) throws {
        var problems: [OptimizerStateError.Problem] = []
        var unused = Set(saved.tensors.keys)
        var known: Set<String> = []
        for (path, shape) in shapes {
            known.insert(path)
            guard let step = saved.steps[path] else { continue }
            if step < 1 { problems.append(.stepOutOfRange(path: path, step: step)) }
            var slots: [Tensor] = []
            for key in slotNames.map({ path + "." + $0 }) {
                unused.remove(key)
                switch saved.tensors[key] {
                case nil: problems.append(.missing(key: key))
                case let slot? where slot.shape != shape || slot.dtype != .float32:
                    problems.append(.shape(key: key, expected: shape, found: slot.shape, dtype: slot.dtype))
                case let slot?: slots.append(slot)
                }
            }
            entries[path] = Entry(step: step, slots: slots)
        }
        problems += Set(saved.steps.keys).subtracting(known).sorted().map { .unknownParameter(path: $0) }
        problems += unused.sorted().map { .unexpected(key: $0) }
        if !problems.isEmpty { throw OptimizerStateError(problems: problems) }
    }
}

/// What is wrong with a saved optimizer state.
public struct OptimizerStateError: DescribedError, Equatable {
    package enum Problem: Equatable, Sendable {
        case missing(key: String)
        case unexpected(key: String)
        case unknownParameter(path: String)
        case shape(key: String, expected: [Int], found: [Int], dtype: DType)
        case stepOutOfRange(path: String, step: Int)
    }

    /// All of them.
    package let problems: [Problem]

    public var description: String { problems.map(\.text).joined(separator: "\n") }
}

extension OptimizerStateError.Problem {
    fileprivate var text: String {
        switch self {
        case .missing(let key): "\(key): missing from the saved optimizer state"
        case .unexpected(let key): "\(key): in the saved optimizer state, but this optimizer keeps no such tensor"
        case .unknownParameter(let path): "\(path): in the saved optimizer state, but no parameter of this model"
        case .shape(let key, let expected, let found, let dtype):
            "\(key): expected \(expected) of float32, got \(found) of \(dtype)"
        case .stepOutOfRange(let path, let step): "\(path): an update count is at least 1, got \(step)"
        }
    }
}
