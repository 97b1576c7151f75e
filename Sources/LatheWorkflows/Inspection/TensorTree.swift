import LatheCheckpoints

/// The tensors of a checkpoint, arranged by the parts of the model that their names tell of.
///
/// ```swift
/// let tree = TensorTree(try Checkpoint(directory: "bert-base-uncased").entries)
/// tree.parameterCount    // 109482240
/// ```
public struct TensorTree: Sendable, Equatable {
    /// Levels at most; what is deeper keeps its points. No real model comes near.
    private static let levelLimit = 64

    /// The last part of the path; empty at the root.
    public let name: String
    /// The path in the checkpoint.
    public let path: String
    /// What kind of part it is (`Linear`); nil where nobody knows.
    public var kind: String?
    /// The tensors that the part itself has: `weight`, `bias`.
    public private(set) var tensors: [CheckpointEntry] = []
    /// Its parts, in the order of the checkpoint, numbered ones by their numbers.
    public private(set) var children: [TensorTree] = []

    /// - Parameters:
    ///   - entries: the tensors.
    ///   - kinds: what kind of part stands at a path.
    public init(_ entries: [CheckpointEntry], kind kinds: (_ path: String) -> String? = { _ in nil }) {
        self.init(name: "", path: "", kinds)
        var builder = Builder(name: "")
        for entry in entries {
            builder.add(
                entry,
                entry.name.split(separator: ".", maxSplits: Self.levelLimit, omittingEmptySubsequences: false).map(
                    String.init)[...])
        }
        (tensors, children) = builder.finished(at: "", kinds)
    }

    private init(name: String, path: String, _ kinds: (String) -> String?) {
        (self.name, self.path, kind) = (name, path, kinds(path))
    }

    /// Weights in all tensors below.
    public var parameterCount: Int {
        tensors.reduce(0) { $0 + $1.parameterCount } + children.reduce(0) { $0 + $1.parameterCount }
    }
    /// Bytes of all tensors below.
    public var byteCount: Int {
        tensors.reduce(0) { $0 + $1.byteCount } + children.reduce(0) { $0 + $1.byteCount }
    }

    /// Whether another part is built alike: the same kinds, names, shapes and types below.
    public func isAlike(_ other: TensorTree) -> Bool {
        kind == other.kind && tensors.count == other.tensors.count && children.count == other.children.count
            && zip(tensors, other.tensors).allSatisfy {
                $0.shape == $1.shape && $0.storedType == $1.storedType && $0.packing == $1.packing
                    && Self.lastName($0) == Self.lastName($1)
            }
            && zip(children, other.children).allSatisfy { $0.name == $1.name && $0.isAlike($1) }
    }

    /// The last part of a tensor's name.
    public static func lastName(_ entry: CheckpointEntry) -> String {
        entry.name.split(separator: ".").last.map(String.init) ?? entry.name
    }

    /// A part while tensors come in.
    private struct Builder {
        let name: String
        var tensors: [CheckpointEntry] = []
        var children: [Builder] = []
        var places: [String: Int] = [:]

        init(name: String) { self.name = name }

        mutating func add(_ entry: CheckpointEntry, _ parts: ArraySlice<String>) {
            guard parts.count > 1, let first = parts.first else { return tensors.append(entry) }
            let place = places[first] ?? children.count
            if place == children.count {
                places[first] = place
                children.append(Builder(name: first))
            }
            children[place].add(entry, parts.dropFirst())
        }

        func finished(at path: String, _ kinds: (String) -> String?) -> (
            tensors: [CheckpointEntry], children: [TensorTree]
        ) {
            let trees = children.map { child in
                let place = path.isEmpty ? child.name : path + "." + child.name
                var tree = TensorTree(name: child.name, path: place, kinds)
                (tree.tensors, tree.children) = child.finished(at: place, kinds)
                return tree
            }
            // Files sort 10 before 2.
            let areNumbered = trees.allSatisfy { Int($0.name) != nil }
            return (tensors, areNumbered ? trees.sorted { (Int($0.name) ?? 0) < (Int($1.name) ?? 0) } : trees)
        }
    }
}
