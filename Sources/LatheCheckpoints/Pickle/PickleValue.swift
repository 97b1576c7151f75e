/// A value in a pickle of tensors.
///
/// Containers and tensors are numbers that a `Pickle` resolves: a pickle may hold the same list in many places, even
/// within itself, and stays as small here as it is in the file.
package enum PickleValue: Equatable, Sendable {
    /// `None`, and everything that says nothing about tensors, such as a device.
    case none
    /// `True` or `False`.
    case bool(Bool)
    /// An integer of up to 64 bits.
    case integer(Int)
    /// A longer integer, little-endian two's complement.
    case longInteger([UInt8])
    /// A floating-point number.
    case number(Double)
    /// A string.
    case string(String)
    /// A list, tuple or dictionary: an index into `Pickle.containers`.
    case container(Int)
    /// A tensor: an index into `Pickle.tensors`.
    case tensor(Int)
    /// A storage on its own: an index into `Pickle.storages`.
    case storage(Int)
    /// A function or class on the list of those allowed.
    case global(PickleGlobal)

    /// The kind with its article, for messages.
    package var kind: String {
        switch self {
        case .none: "None"
        case .bool: "a truth value"
        case .integer, .longInteger: "an integer"
        case .number: "a number"
        case .string: "a string"
        case .container: "a container"
        case .tensor: "a tensor"
        case .storage: "a storage"
        case .global(let global): global.name
        }
    }

    var integer: Int? {
        if case .integer(let value) = self { value } else { nil }
    }

    var string: String? {
        if case .string(let value) = self { value } else { nil }
    }
}

/// A list, tuple or dictionary of a pickle.
package struct PickleContainer: Equatable, Sendable {
    /// What the container is.
    package enum Kind: String, Sendable {
        case list = "a list"
        case tuple = "a tuple"
        case dictionary = "a dictionary"
    }

    /// What the container is.
    package let kind: Kind
    /// The elements; of a dictionary, keys and values in turn.
    package internal(set) var elements: [PickleValue]
    /// How many containers lie within one another here, as far as known when they were put in.
    var depth = 1

    /// The pairs of a dictionary in the order of the file; empty for other kinds.
    package var members: [(key: PickleValue, value: PickleValue)] {
        guard kind == .dictionary else { return [] }
        return stride(from: 0, to: elements.count - 1, by: 2).map { (elements[$0], elements[$0 + 1]) }
    }
}

/// A run of elements that tensors share, named by its key in the file.
package struct PickleStorage: Hashable, Sendable {
    /// The name of the storage's data in the file.
    package let key: String
    /// The type of the elements; u8 for a storage that has none.
    package let type: SafetensorsType
    /// The number of elements that the storage is said to have.
    package let elementCount: Int
}

/// A tensor as a view of a storage. Nothing here has been compared with the data.
package struct PickleTensor: Equatable, Sendable {
    /// The storage: an index into `Pickle.storages`.
    package let storage: Int
    /// The type of the elements.
    package let type: SafetensorsType
    /// The place of the first element in the storage.
    package let elementOffset: Int
    /// The size of each dimension.
    package let shape: [Int]
    /// The distance between neighbours along each dimension, in elements.
    package let strides: [Int]
}

/// What a pickle holds.
package struct Pickle: Sendable {
    /// The value that was saved.
    package let root: PickleValue
    /// Every list, tuple and dictionary.
    package let containers: [PickleContainer]
    /// Every tensor.
    package let tensors: [PickleTensor]
    /// Every storage, each once.
    package let storages: [PickleStorage]
    /// Where the pickle ends, in bytes from the start of what was read.
    package let end: Int

    /// The container that `value` is, or nil for another kind.
    package func container(_ value: PickleValue) -> PickleContainer? {
        if case .container(let index) = value, containers.indices.contains(index) { containers[index] } else { nil }
    }

    /// The tensor that `value` is, or nil for another kind.
    package func tensor(_ value: PickleValue) -> PickleTensor? {
        if case .tensor(let index) = value, tensors.indices.contains(index) { tensors[index] } else { nil }
    }
}
