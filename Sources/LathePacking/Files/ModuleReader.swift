import LatheNN
import LatheTensor

/// Collects what to assign before anything is assigned, so that a bad file changes nothing.
struct ModuleReader<Source: TensorSource> {
    let source: Source
    /// Parameters that keep their values, since the source has none that fit.
    private(set) var kept: [String] = []
    private var parameters: [(Parameter, StoredTensor)] = []
    private var packedWeights: [() -> Void] = []
    /// Tables that will be packed, by the parameters that they were.
    private var tables: [ObjectIdentifier: PackedContent] = [:]
    private var used: Set<String> = []
    private var problems: [ModuleFileError.Problem] = []

    init(source: Source) {
        self.source = source
    }

    mutating func read(_ module: some Module, _ mayStay: (_ name: String) -> Bool) throws {
        let packedPaths = try readQuantizedLayers(of: module)
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
            checkFinite(tensor, name)
            // Matrices stay as the file has them; the rest is small, or read at once.
            parameters.append((parameter, tensor.shape.count == 2 ? tensor : StoredTensor(tensor.values)))
        }
        let isGood = problems.isEmpty
        problems += source.names.filter { !used.contains($0) && !(isGood && source.mayIgnore($0)) }.map {
            .unexpected($0)
        }
    }

    func assign() throws {
        guard problems.isEmpty else {
            throw ModuleFileError(file: source.path, problems: Misspellings.pointedOut(in: problems))
        }
        for (parameter, tensor) in parameters { parameter.stored = tensor }
        for assign in packedWeights { assign() }
    }

    /// Adds a problem if a weight has an element that is NaN or infinite: nothing that is computed with it has a
    /// meaning.
    private mutating func checkFinite(_ values: StoredTensor, _ name: String) {
        guard let element = values.firstNonFinite else { return }
        let origin = source.origin(of: name)
        problems.append(.notFinite(origin.tensor, file: origin.file, element))
    }

    // MARK: Packed weights

    /// Reads the weights that the source has packed, and how inputs are quantised.
    /// - Returns: the names of the weights.
    private mutating func readQuantizedLayers(of module: some Module) throws -> Set<String> {
        let config = try source.quantization()
        var names: Set<String> = []
        for (path, part) in module.namedModules {
            guard let layer = part as? any PackableLayer else { continue }
            let called = source.quantizationNames(of: path, kind: layer.kind.className)
            let scheme = config?.scheme(of: called.names, kind: called.kind),
                name = ModulePath(path).appending("weight").description
            let isPacked = PackedForm.suffixes.contains { source.shape(of: name + $0) != nil }
            let content: PackedContent?
            if isPacked {
                names.insert(name)
                guard let read = try readPacked(name, layer, scheme) else { continue }
                if case .floats(let values) = read, let parameter = layer.weight.parameter {
                    parameters.append((parameter, StoredTensor(values)))
                    content = nil
                } else {
                    content = read
                }
            } else {
                content = layer.weight.parameter.flatMap { tables[ObjectIdentifier($0)] }
                if content != nil {
                    names.insert(name)
                    used.insert(name)
                } else if let weight = scheme?.weight, source.shape(of: name) != nil {
                    names.insert(name)
                    used.insert(name)
                    let text =
                        "quantization_config says that it has \(weight.bits) bits (\(scheme?.format ?? "")), and \(name)_scale is missing"
                    problems.append(.damaged(name, text + "; put both files of the same model there"))
                    continue
                }
            }
            if layer.product == nil, let content, let parameter = layer.weight.parameter {
                tables[ObjectIdentifier(parameter)] = content
            }
            try plan(layer, content, scheme?.inputs, path)
        }
        return names
    }

    /// Remembers what to do with a layer once all is read.
    private mutating func plan(
        _ layer: any PackableLayer, _ content: PackedContent?, _ inputs: ActivationScheme?, _ path: String
    ) throws {
        guard content != nil || inputs != nil else { return }
        var range: (low: Float, high: Float)?
        if inputs?.isDynamic == false {
            let name = ModulePath(path).appending(ActivationQuantizer.rangeName).description
            guard let limits = try take(name, shape: [2]) else { return }
            let values = limits.values.floatArray
            guard values.allSatisfy(\.isFinite), values[0] <= values[1] else {
                problems.append(
                    .damaged(
                        name,
                        "a range from \(values[0]) to \(values[1]); the file is damaged, take it from its source again")
                )
                return
            }
            range = (values[0], values[1])
        }
        packedWeights.append {
            let isDone = content.map { layer.pack($0, activations: inputs, range: range) } ?? false
            guard let inputs, !isDone || range != nil else { return }
            // A static range stays with the layer, to be stored again, whoever rounds the inputs.
            let quantizer = inputs.quantizer(range)
            quantizer.isActive = !isDone
            layer.product?.activationTransforms.append(quantizer)
        }
    }

    private mutating func readPacked(_ name: String, _ layer: any PackableLayer, _ scheme: LayerScheme?) throws
        -> PackedContent?
    {
        guard let scheme, scheme.weight != nil || scheme.format == PackedForm.sparse.format,
            let form = PackedForm.named(scheme.format)
        else {
            let found = PackedForm.suffixes.sorted().map { name + $0 }.filter { source.shape(of: $0) != nil }
            used.formUnion(found + [name])
            problems.append(
                .damaged(
                    found[0],
                    "no group of quantization_config says how it is packed; put both files of the same model there"))
            return nil
        }
        var tensors: [String: Tensor] = [:], isWhole = true
        for suffix in form.required + form.optional {
            used.insert(name + suffix)
            if source.shape(of: name + suffix) != nil {
                let part = try source.tensor(name + suffix)
                // Scales, zero points and codes are checked by the form.
                if PackedForm.isKeptFloats(name + suffix, part.dtype) { checkFinite(StoredTensor(part), name + suffix) }
                tensors[suffix] = part
            } else if form.required.contains(suffix) {
                problems.append(.missing(name + suffix))
                isWhole = false
            }
        }
        guard isWhole else { return nil }
        do throws(PackedTensorError) {
            let content = try form.read(StoredParts(shape: layer.weight.shape, tensors: tensors), scheme)
            guard layer.accepts(content) else {
                throw PackedTensorError(suffix: "", text: "\(form.format) is not for layers of this kind")
            }
            return content
        } catch {
            problems.append(.damaged(name + error.suffix, error.text))
            return nil
        }
    }

    private mutating func take(_ name: String, shape: [Int]) throws -> StoredTensor? {
        used.insert(name)
        guard let found = source.shape(of: name) else {
            problems.append(.missing(name))
            return nil
        }
        guard found == shape else {
            problems.append(.wrongShape(name, expected: shape, got: found))
            return nil
        }
        return try source.stored(name)
    }
}
