import LatheTensor

extension Module {
    /// Every module of this network with its path, parents before children, this one first with an empty path.
    public var namedModules: [(path: String, module: any Module)] { collected.modules }

    /// Every parameter with its path, in the order of declaration. A parameter that stands in two places is listed
    /// twice.
    public var namedParameters: [(path: String, parameter: Parameter)] { collected.parameters }

    /// Every parameter once, in the order of declaration.
    public var parameters: [Parameter] {
        var seen: Set<ObjectIdentifier> = []
        return namedParameters.map(\.parameter).filter { seen.insert(ObjectIdentifier($0)).inserted }
    }

    /// Everything that a checkpoint of this network holds: parameters, and the codes and scales of packed weights.
    public var namedTensors: [(path: String, tensor: Tensor)] { namedStoredTensors.map { ($0.path, $0.tensor.values) } }

    /// The same in the form in which each was given, so that none is converted.
    package var namedStoredTensors: [(path: String, tensor: StoredTensor)] { collected.tensors.flatMap { $0() } }

    /// How many numbers the parameters hold.
    public var parameterCount: Int { parameters.reduce(0) { $0 + $1.shape.elementCount } }

    /// Forgets all gradients.
    public func clearGradients() {
        for parameter in parameters { parameter.gradient = nil }
    }

    private var collected: Collector {
        var collector = Collector()
        visit(at: .root, &collector)
        return collector
    }
}

private struct Collector: ModuleVisitor {
    var modules: [(path: String, module: any Module)] = []
    var parameters: [(path: String, parameter: Parameter)] = []
    /// Made when they are asked for: those of packed weights may be copies.
    var tensors: [() -> [(path: String, tensor: StoredTensor)]] = []

    mutating func visit(_ module: any Module, at path: ModulePath) {
        modules.append((path.description, module))
    }

    mutating func visit(_ parameter: Parameter, at path: ModulePath) {
        parameters.append((path.description, parameter))
        tensors.append { [(path.description, parameter.stored)] }
    }

    mutating func visit(packed path: ModulePath, _ stored: @escaping () -> [(suffix: String, tensor: Tensor)]) {
        tensors.append { stored().map { (path.description + $0.suffix, StoredTensor($0.tensor)) } }
    }
}
