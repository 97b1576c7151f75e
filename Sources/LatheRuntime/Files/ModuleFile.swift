import LatheNN
import LatheTensor

/// Writes a network's tensors to a safetensors file and reads them back, packed weights as they are.
public enum ModuleFile {
    /// Writes everything that `module` holds to `path`, atomically. A parameter that stands in several places is written once, under its first path.
    public static func save(_ module: some Module, to path: String, metadata: [String: String] = [:]) throws {
        var writer = SafetensorsWriter(metadata: ["format": "pt"].merging(metadata) { $1 })
        var written: Set<ObjectIdentifier> = []
        let repeated = Set(
            module.namedParameters.filter { !written.insert(ObjectIdentifier($0.parameter)).inserted }.map(\.path))
        for (name, tensor) in module.namedTensors where !repeated.contains(name) { writer.add(name, tensor) }
        try writer.write(to: path)
    }

    /// Gives `module` the tensors of the file at `path`. A linear layer becomes packed where the file has the scales of a packed weight.
    /// - Throws: `ModuleFileError` that lists everything that does not fit; the module is unchanged then.
    public static func load(_ path: String, into module: some Module) throws {
        let file = try SafetensorsFile(path: path)
        var reader = ModuleReader(file: file)
        try reader.read(module)
        try reader.assign()
    }
}

/// What does not fit between a network and a file.
public struct ModuleFileError: Error, Equatable, CustomStringConvertible {
    /// One tensor that does not fit.
    public enum Problem: Equatable, Sendable {
        case missing(String)
        case unexpected(String)
        case wrongShape(String, expected: [Int], got: [Int])
        case wrongType(String, expected: String, got: String)
    }

    public let file: String
    public let problems: [Problem]

    public var description: String {
        let lines = problems.map { problem in
            switch problem {
            case .missing(let name): "\(name): missing"
            case .unexpected(let name): "\(name): no part of the model has this name"
            case .wrongShape(let name, let expected, let got): "\(name): expected \(expected), got \(got)"
            case .wrongType(let name, let expected, let got): "\(name): expected \(expected), got \(got)"
            }
        }
        return "\(file) does not fit the model; check that it belongs to this architecture and size:\n  " + lines.joined(separator: "\n  ")
    }
}

/// Collects what to assign before anything is assigned, so that a bad file changes nothing.
private struct ModuleReader {
    let file: SafetensorsFile
    private var parameters: [(Parameter, Tensor)] = []
    private var packedWeights: [() -> Void] = []
    private var used: Set<String> = []
    private var problems: [ModuleFileError.Problem] = []

    init(file: SafetensorsFile) {
        self.file = file
    }

    mutating func read(_ module: some Module) throws {
        var packedPaths: Set<String> = []
        for (path, part) in module.namedModules {
            let name = ModulePath(path).appending("weight").description
            guard file[name + "_scale"] != nil else { continue }
            switch part {
            case let linear as Linear:
                packedPaths.insert(name)
                guard let (codes, scales) = try codes(name, shape: [linear.outputs, linear.inputs]) else { continue }
                packedWeights.append { linear.weight = .packed(Int8Weight(codes: codes, scales: scales)) }
            case let convolution as Conv2d where convolution.options.groups == 1:
                packedPaths.insert(name)
                guard let (codes, scales) = try codes(name, shape: convolution.weight.shape) else { continue }
                packedWeights.append { convolution.weight = .packed(Int8Convolution(codes: codes, scales: scales)) }
            default: continue
            }
        }
        var seen: Set<ObjectIdentifier> = []
        for (name, parameter) in module.namedParameters where !packedPaths.contains(name) {
            guard seen.insert(ObjectIdentifier(parameter)).inserted else {
                used.insert(name)
                continue
            }
            guard let tensor = try take(name, shape: parameter.shape) else { continue }
            guard tensor.dtype.isFloatingPoint else {
                problems.append(.wrongType(name, expected: "floating-point numbers", got: tensor.dtype.rawValue))
                continue
            }
            parameters.append((parameter, tensor.cast(to: .float32)))
        }
        problems += file.names.filter { !used.contains($0) }.map { .unexpected($0) }
    }

    func assign() throws {
        guard problems.isEmpty else { throw ModuleFileError(file: file.path, problems: problems) }
        for (parameter, tensor) in parameters { parameter.value = tensor }
        for assign in packedWeights { assign() }
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
        guard let entry = file[name] else {
            problems.append(.missing(name))
            return nil
        }
        guard entry.shape == shape else {
            problems.append(.wrongShape(name, expected: shape, got: entry.shape))
            return nil
        }
        return try file.tensor(name)
    }
}
