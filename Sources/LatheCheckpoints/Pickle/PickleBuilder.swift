/// Keeps what a pickle has made so far, and stands in for the few functions that it may name.
struct PickleBuilder {
    /// A problem without its place.
    struct Failure: Error {
        let problem: PickleError.Problem
    }

    /// The longest name of a storage, in bytes. Names are short numbers; long ones would be hashed again and again.
    private static let keyLimit = 256

    private var containers: [PickleContainer] = []
    private var tensors: [PickleTensor] = []
    private var storages: [PickleStorage] = []
    private var storageIndices: [PickleStorage: Int] = [:]

    func pickle(root: PickleValue, end: Int) -> Pickle {
        Pickle(root: root, containers: containers, tensors: tensors, storages: storages, end: end)
    }

    // MARK: Containers

    mutating func make(_ kind: PickleContainer.Kind) -> PickleValue {
        containers.append(PickleContainer(kind: kind, elements: []))
        return .container(containers.count - 1)
    }

    func kind(of value: PickleValue) -> PickleContainer.Kind? {
        if case .container(let index) = value { containers[index].kind } else { nil }
    }

    /// Adds elements to a container; false when it would be nested too deep.
    mutating func append(_ elements: [PickleValue], to target: PickleValue) -> Bool {
        guard case .container(let index) = target else { return true }
        var depth = containers[index].depth
        for case .container(let inner) in elements { depth = max(depth, containers[inner].depth + 1) }
        guard depth <= PickleReader.depthLimit else { return false }
        containers[index].depth = depth
        containers[index].elements.append(contentsOf: elements)
        return true
    }

    private func tuple(_ value: PickleValue) -> [PickleValue]? {
        guard case .container(let index) = value, containers[index].kind == .tuple else { return nil }
        return containers[index].elements
    }

    // MARK: Functions

    /// What `function` would give for `arguments`.
    mutating func call(_ function: PickleValue, _ arguments: PickleValue) -> Result<PickleValue, Failure> {
        guard case .global(let global) = function else { return failure(.notCallable(got: function.kind)) }
        guard let arguments = tuple(arguments) else {
            return failure(.malformedCall(function: global.name, expected: "a tuple of arguments"))
        }
        switch global {
        case .orderedDictionary:
            guard arguments.isEmpty else {
                return failure(.malformedCall(function: global.name, expected: "an empty tuple of arguments"))
            }
            return .success(make(.dictionary))
        case .tensor: return tensor(global, arguments)
        case .typedTensor: return tensor(global, arguments)
        case .defaultDictionary, .namespace: return .success(make(.dictionary))
        case .plain: return .success(.none)
        case .subclass:
            guard arguments.count == 4, tuple(arguments[2]) != nil else {
                return failure(
                    .malformedCall(function: global.name, expected: "a function, a class, arguments and attributes"))
            }
            if case .global(.subclass) = arguments[0] { return failure(.notCallable(got: global.name)) }
            return call(arguments[0], arguments[2])
        case .parameter, .parameterWithState:
            guard let first = arguments.first, case .tensor = first else {
                return failure(.malformedCall(function: global.name, expected: "a tensor"))
            }
            return .success(first)
        case .size:
            guard arguments.count == 1, tuple(arguments[0]) != nil else {
                return failure(.malformedCall(function: global.name, expected: "a tuple of sizes"))
            }
            return .success(arguments[0])
        case .device: return .success(.none)
        case .storage, .elementType: return failure(.notCallable(got: global.name))
        }
    }

    /// A new object of a class, whose attributes follow.
    mutating func object(of function: PickleValue, _ arguments: PickleValue) -> Result<PickleValue, Failure> {
        guard case .global(.namespace) = function else { return failure(.notCallable(got: function.kind)) }
        return call(function, arguments)
    }

    /// A tensor from a storage, the place of its first element, sizes, strides and (in version 3) its type.
    private mutating func tensor(_ function: PickleGlobal, _ arguments: [PickleValue]) -> Result<PickleValue, Failure> {
        guard arguments.count >= 4, case .storage(let storage) = arguments[0] else {
            return failure(.malformedCall(function: function.name, expected: "a storage, offset, sizes and strides"))
        }
        var type = storages[storage].type
        if function == .typedTensor {
            guard arguments.count >= 7, case .global(.elementType(let given)) = arguments[6] else {
                return failure(.malformedCall(function: function.name, expected: "an element type"))
            }
            type = given
        }
        guard let sizes = tuple(arguments[2]), let steps = tuple(arguments[3]), sizes.count == steps.count else {
            return failure(.malformedCall(function: function.name, expected: "as many strides as sizes"))
        }
        guard sizes.count <= PickleReader.dimensionLimit else {
            return failure(.tooManyDimensions(limit: PickleReader.dimensionLimit, got: sizes.count))
        }
        let shape = sizes.compactMap(\.integer), strides = steps.compactMap(\.integer)
        guard let offset = arguments[1].integer, shape.count == sizes.count, strides.count == steps.count else {
            return failure(.malformedCall(function: function.name, expected: "an integer offset, sizes and strides"))
        }
        tensors.append(
            PickleTensor(storage: storage, type: type, elementOffset: offset, shape: shape, strides: strides))
        return .success(.tensor(tensors.count - 1))
    }

    // MARK: Storages

    /// The storage that a persistent identifier describes: `("storage", class, key, device, element count)`, and `None`
    /// in older files.
    mutating func storage(_ identifier: PickleValue) -> Result<PickleValue, Failure> {
        guard let fields = tuple(identifier), fields.count == 5 || fields.count == 6, fields[0].string == "storage"
        else {
            return failure(.malformedStorage(expected: "the five fields that PyTorch writes"))
        }
        guard case .global(.storage(let type)) = fields[1] else {
            return failure(.malformedStorage(expected: "a storage class"))
        }
        guard let key = fields[2].string, key.utf8.count <= Self.keyLimit, let count = fields[4].integer, count >= 0
        else {
            return failure(.malformedStorage(expected: "a short key and a non-negative element count"))
        }
        guard fields.count == 5 || fields[5] == .none else {
            return failure(.malformedStorage(expected: "a view of another storage (as PyTorch before 0.4 wrote it)"))
        }
        let storage = PickleStorage(key: key, type: type ?? .u8, elementCount: count)
        if let index = storageIndices[storage] { return .success(.storage(index)) }
        storages.append(storage)
        storageIndices[storage] = storages.count - 1
        return .success(.storage(storages.count - 1))
    }

    private func failure(_ problem: PickleError.Problem) -> Result<PickleValue, Failure> {
        .failure(Failure(problem: problem))
    }
}
