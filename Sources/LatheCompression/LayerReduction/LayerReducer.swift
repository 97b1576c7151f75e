import LatheFiles
import LatheModels
import LatheNN
import LatheTensor

/// Makes a student with fewer layers, which begin as some of the teacher's (XTC, arXiv:2206.01859; DeepSpeed's
/// `layer_reduction`).
///
/// Layers are copied by their names and not by their places, and their shapes are checked.
package struct LayerReducer: Sendable, Hashable {
    /// For each of the student's layers, the teacher's, from 0 on.
    package var layers: [Int]
    /// What leads to the layers: `bert.encoder.layer`.
    package var prefix: String
    /// Regular expressions, as `ModulePattern` reads them; modules whose paths they are found in begin as the teacher's
    /// too.
    package var others: [String]

    package init(layers: [Int], prefix: String, others: [String] = []) {
        (self.layers, self.prefix, self.others) = (layers, prefix, others)
    }

    /// Some of a language model's layers, and all that is beside its layers; `nil` if `network` is not one with equal
    /// layers.
    package init?(layers: [Int], of network: any Module) {
        guard network is any LanguageModel, let path = (network as? any LayerStack)?.stackPath else { return nil }
        self.init(layers: layers, prefix: path, others: ["."])
    }

    /// The layers that a config's `layer_reduction` keeps; nil where that is off.
    package init?(_ section: CompressionConfig.LayerReduction) {
        guard section.isEnabled else { return nil }
        self.init(layers: section.teacherLayers, prefix: section.modulePrefix, others: section.otherModules)
    }

    /// Whether `model` has as many layers as are kept already, and fewer than `teacher`: the student of an earlier run,
    /// which begins as it is.
    package func isDone(in model: PretrainedModel, teacher: PretrainedModel) -> Bool {
        let own = Self.layerCount(of: model.network, prefix)
        return own == layers.count && own < Self.layerCount(of: teacher.network, prefix)
    }

    /// The student of `teacher`. What neither the layers nor `others` take begins as in `model`.
    /// - Parameters:
    ///   - teacher: the model whose layers are kept.
    ///   - model: what the student is otherwise: configuration, labels, tokenizer; it has as many layers as the
    ///     teacher.
    /// - Throws: `LayerReductionError` with everything that does not fit.
    package func student(of teacher: PretrainedModel, like model: PretrainedModel) throws(LayerReductionError)
        -> PretrainedModel
    {
        if !(model.configuration.pruned.isEmpty && model.configuration.quantization == nil
            && teacher.configuration.pruned.isEmpty)
        {
            throw .alreadyCompressed
        }
        let configuration = try reduced(model.configuration, teacher: teacher)
        let student = PretrainedModel(configuration)
        try copy(from: teacher, and: model, to: student)
        return PretrainedModel(
            configuration, student.network, directory: model.directory, freshParameters: model.freshParameters)
    }

    private func reduced(_ configuration: ModelConfiguration, teacher: PretrainedModel) throws(LayerReductionError)
        -> ModelConfiguration
    {
        let found = Self.layerCount(of: teacher.network, prefix)
        guard found > 0 else { throw .noLayers(prefix: prefix, likely: Self.prefixes(of: teacher.network)) }
        if let layer = layers.first(where: { !(0..<found).contains($0) }) { throw .noSuchLayer(layer, count: found) }
        guard !layers.isEmpty else { throw .noSuchLayer(0, count: 0) }
        guard let reduced = configuration.with(layerCount: layers.count) else {
            throw .notReducible(architecture: configuration.architecture.className)
        }
        return reduced
    }

    private func copy(from teacher: PretrainedModel, and model: PretrainedModel, to student: PretrainedModel)
        throws(LayerReductionError)
    {
        let theirs = Dictionary(teacher.network.namedParameters.map { ($0.path, $0.parameter) }) { first, _ in first }
        let own = Dictionary(model.network.namedParameters.map { ($0.path, $0.parameter) }) { first, _ in first }
        // What is not a pattern is found nowhere.
        let patterns = others.map { ($0, try? ModulePattern($0)) }
        var used: Set<String> = []
        for (path, parameter) in student.network.namedParameters {
            let source: (path: String, parameter: Parameter?)
            if let (layer, rest) = Self.layer(of: path, prefix) {
                source = (path: "\(prefix).\(layers[layer])\(rest)", theirs["\(prefix).\(layers[layer])\(rest)"])
            } else if let pattern = patterns.first(where: { $0.1?.matches(path) ?? false })?.0 {
                used.insert(pattern)
                source = (path, theirs[path])
            } else {
                source = (path, own[path])
            }
            guard let value = source.parameter else { throw .missing(source.path) }
            guard value.shape == parameter.shape else {
                throw .wrongShape(source.path, expected: parameter.shape, got: value.shape)
            }
            parameter.stored = value.stored
        }
        if let unused = others.first(where: { !used.contains($0) }) { throw .unmatched(pattern: unused) }
    }

    /// The number of the layer that `path` lies in, and what follows.
    private static func layer(of path: String, _ prefix: String) -> (layer: Int, rest: String)? {
        guard path.hasPrefix(prefix + ".") else { return nil }
        let tail = path.dropFirst(prefix.count + 1), digits = tail.prefix { $0 != "." }
        return Int(digits).map { ($0, String(tail.dropFirst(digits.count))) }
    }

    private static func layerCount(of network: any Module, _ prefix: String) -> Int {
        Set(network.namedParameters.compactMap { layer(of: $0.path, prefix)?.layer }).count
    }

    /// Paths that lead to numbered modules.
    private static func prefixes(of network: any Module) -> [String] {
        let paths = network.namedModules.compactMap { path, _ -> String? in
            let parts = path.split(separator: ".")
            guard let last = parts.last, Int(last) != nil else { return nil }
            return parts.dropLast().joined(separator: ".")
        }
        return Set(paths).sorted()
    }
}

/// Why a student cannot be made of a teacher's layers.
package enum LayerReductionError: DescribedError, Equatable, Sendable {
    /// No layers where the prefix leads; `likely` are places that have some.
    case noLayers(prefix: String, likely: [String])
    /// A layer that the teacher does not have.
    case noSuchLayer(Int, count: Int)
    /// A network that does not consist of equal layers.
    case notReducible(architecture: String)
    /// A model whose layers differ in size, or quantise their inputs.
    case alreadyCompressed
    /// A pattern that no module's path has.
    case unmatched(pattern: String)
    /// A parameter that the teacher does not have.
    case missing(String)
    /// A parameter of another shape.
    case wrongShape(String, expected: [Int], got: [Int])

    package var description: String { "compression_training.layer_reduction\(key): \(problem)" }

    /// The key of the section that is to blame.
    private var key: String {
        switch self {
        case .noLayers: ".module_name_prefix"
        case .noSuchLayer: ".teacher_layer"
        case .unmatched: ".other_module_name"
        case .notReducible, .alreadyCompressed, .missing, .wrongShape: ""
        }
    }

    /// What is wrong, wherever the layers were named.
    package var problem: String {
        switch self {
        case .noLayers(let prefix, let likely):
            "the teacher has no layers under '\(prefix)'; use one of \(likely.joined(separator: ", "))"
        case .noSuchLayer(let layer, let count): "\(layer) is none of the teacher's layers 0…\(count - 1)"
        case .notReducible(let architecture): "a \(architecture) has no layers to leave out"
        case .alreadyCompressed:
            "the model was pruned, or quantises its inputs, already; leave out layers first, or together with the rest"
        case .unmatched(let pattern): "'\(pattern)' is found in no parameter's path"
        case .missing(let path): "the teacher has no \(path)"
        case .wrongShape(let path, let expected, let got):
            "\(path): the student has \(expected), the teacher \(got); teacher and student must be equally wide"
        }
    }
}
