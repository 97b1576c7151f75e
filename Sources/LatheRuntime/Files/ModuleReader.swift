import LatheNN
import LatheTensor

/// Collects what to assign before anything is assigned, so that a bad file changes nothing.
struct ModuleReader<Source: TensorSource> {
    let source: Source
    /// Parameters that keep their values, since the source has none that fit.
    private(set) var kept: [String] = []
    private var parameters: [(Parameter, Tensor)] = []
    private var packedWeights: [() -> Void] = []
    private var used: Set<String> = []
    private var problems: [ModuleFileError.Problem] = []

    init(source: Source) {
        self.source = source
    }

    mutating func read(_ module: some Module, _ mayStay: (_ name: String) -> Bool) throws {
        let packedPaths = try readPackedWeights(of: module)
        var seen: Set<ObjectIdentifier> = []
        for (name, parameter) in module.namedParameters where !packedPaths.contains(name) {
            guard seen.insert(ObjectIdentifier(parameter)).inserted else {
                used.insert(name)
                continue
            }
            if source.shape(of: name) != parameter.shape, mayStay(name) {
                used.insert(name)
                kept.append(name)
                continue
            }
            guard let tensor = try take(name, shape: parameter.shape) else { continue }
            guard tensor.dtype.isFloatingPoint else {
                problems.append(.wrongType(name, expected: "floating-point numbers", got: tensor.dtype.rawValue))
                continue
            }
            parameters.append((parameter, tensor.cast(to: .float32)))
        }
        problems += source.names.filter { !used.contains($0) }.map { .unexpected($0) }
    }

    func assign() throws {
        guard problems.isEmpty else { throw ModuleFileError(file: source.path, problems: Misspellings.pointedOut(in: problems)) }
        for (parameter, tensor) in parameters { parameter.value = tensor }
        for assign in packedWeights { assign() }
    }

    /// Reads the weights that the source has packed, and returns their names.
    private mutating func readPackedWeights(of module: some Module) throws -> Set<String> {
        var paths: Set<String> = []
        for (path, part) in module.namedModules {
            let name = ModulePath(path).appending("weight").description
            guard source.shape(of: name + "_scale") != nil else { continue }
            switch part {
            case let linear as Linear:
                paths.insert(name)
                guard let (codes, scales) = try codes(name, shape: [linear.outputs, linear.inputs]) else { continue }
                packedWeights.append { linear.weight = .packed(Int8Weight(codes: codes, scales: scales)) }
            case let convolution as Conv2d where convolution.options.groups == 1:
                paths.insert(name)
                guard let (codes, scales) = try codes(name, shape: convolution.weight.shape) else { continue }
                packedWeights.append { convolution.weight = .packed(Int8Convolution(codes: codes, scales: scales)) }
            default: continue
            }
        }
        return paths
    }

    /// The int8 codes of a weight and its scales, one per output.
    private mutating func codes(_ name: String, shape: [Int]) throws -> (codes: Tensor, scales: Tensor)? {
        let codes = try take(name, shape: shape)
        let scales = try take(name + "_scale", shape: [shape[0]] + shape.dropFirst().map { _ in 1 })
        guard let codes, let scales else { return nil }
        guard codes.dtype == .int8 else {
            problems.append(.wrongType(name, expected: "int8 codes", got: codes.dtype.rawValue))
            return nil
        }
        guard scales.dtype.isFloatingPoint else {
            problems.append(.wrongType(name + "_scale", expected: "floating-point numbers", got: scales.dtype.rawValue))
            return nil
        }
        return (codes, scales.cast(to: .float32))
    }

    private mutating func take(_ name: String, shape: [Int]) throws -> Tensor? {
        used.insert(name)
        guard let found = source.shape(of: name) else {
            problems.append(.missing(name))
            return nil
        }
        guard found == shape else {
            problems.append(.wrongShape(name, expected: shape, got: found))
            return nil
        }
        return try source.tensor(name)
    }
}

/// Pairs tensors that are missing with unexpected ones of a similar name.
private enum Misspellings {
    /// Names compared; a file of quite another model is not worth the time.
    private static let comparisonLimit = 200

    /// `problems` with the nearest names, those that have one first.
    static func pointedOut(in problems: [ModuleFileError.Problem]) -> [ModuleFileError.Problem] {
        let unexpected = problems.compactMap { problem in if case .unexpected(let name) = problem { name } else { nil } }
        guard unexpected.count <= comparisonLimit, problems.count - unexpected.count <= comparisonLimit else { return problems }
        let paired = problems.map { problem in
            guard case .missing(let name, _) = problem else { return problem }
            return .missing(name, nearest: NearestName.of([name], in: unexpected))
        }
        func isPaired(_ problem: ModuleFileError.Problem) -> Bool {
            if case .missing(_, .some) = problem { true } else { false }
        }
        return paired.filter(isPaired) + paired.filter { !isPaired($0) }
    }
}
