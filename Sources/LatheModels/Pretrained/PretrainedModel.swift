import LatheCheckpoints
import LatheFiles
import LatheNN
import LathePacking
import LatheTensor

/// A network with its configuration, as it lies in a directory in Hugging Face's layout.
///
/// ```swift
/// let model = try PretrainedModel(directory: "all-MiniLM-L6-v2")
/// if let encoder = model.network as? BertModel { … }
/// let classifier = try PretrainedModel(directory: "all-MiniLM-L6-v2", for: .classifyingTexts(labels: ["bad", "good"]))
/// try classifier.save(to: "sentiment")
/// ```
public struct PretrainedModel {
    /// What a model is opened for.
    public enum Purpose: Sendable, Hashable {
        /// What it was saved as; everything must be there.
        case asSaved
        /// A classifier of texts with these labels, which gives answers of this kind. A head that is missing, or has
        /// another number of outputs, begins with random weights.
        case classifyingTexts(labels: [String], problem: ProblemType = .singleLabel)
        /// A classifier of images with these labels, likewise.
        case classifyingImages(labels: [String])
        /// Guessing masked words. A head that is not there begins with random weights.
        case predictingMaskedWords
        /// Hidden states of texts: the body of whatever model it is. Heads stay unread.
        case embeddingTexts
    }

    public let configuration: ModelConfiguration
    /// The network, of a class of the configuration's family: a `BertForSequenceClassification`, for instance.
    public let network: any Module
    /// Where it was read from; nil for a new one.
    public let directory: String?
    /// Parameters that the checkpoint does not have and that began anew, by their paths.
    public let freshParameters: [String]
    /// Tensors of the checkpoint that belong to other tasks' heads and were not read.
    public let unusedTensors: [String]

    /// A model with random weights, from `RandomSource.current`.
    public init(_ configuration: ModelConfiguration) {
        let network = configuration.makeNetwork()
        self.init(configuration, network, directory: nil, freshParameters: network.namedParameters.map(\.path))
    }

    /// A model with random weights, from `RandomSource.current`, of the sizes that a `config.json` tells: dense,
    /// whatever it says of packed and pruned layers.
    /// - Parameters:
    ///   - path: the file.
    ///   - purpose: what it is made for.
    /// - Throws: `ModelConfigurationError` or `ModelFileError`.
    public init(configuration path: String, for purpose: Purpose = .asSaved) throws {
        var configuration = try ModelConfiguration(path: path).adapted(to: purpose, directory: path)
        (configuration.pruned, configuration.quantization) = (PrunedShapes(), nil)
        self.init(configuration)
    }

    /// A network that was changed, with the configuration that tells its sizes.
    /// - Parameters:
    ///   - configuration: tells the sizes, pruned ones too.
    ///   - network: of this architecture.
    ///   - directory: where it was read from, and where its tokenizer is.
    ///   - freshParameters: parameters that begin anew, by their paths.
    public init(
        _ configuration: ModelConfiguration, _ network: any Module, directory: String?, freshParameters: [String] = []
    ) {
        self.configuration = configuration
        self.network = network
        self.directory = directory
        self.freshParameters = freshParameters
        unusedTensors = []
    }

    /// Opens the model in `directory`: `config.json` and one of the files that `Checkpoint` knows. A residual network
    /// needs no `config.json`.
    /// - Throws: `ModelConfigurationError`, `CheckpointError`, `ModelFileError` or `ModuleFileError` with the file,
    ///   what is wrong, and the cure.
    public init(directory: String, for purpose: Purpose = .asSaved) throws {
        let configuration = try Self.configuration(in: directory)
        try self.init(configuration, Checkpoint(directory: directory).unwrapped(), directory: directory, for: purpose)
    }

    /// Opens the model of a configuration and a checkpoint that are there.
    /// - Parameter directory: its name in messages, and where its tokenizer is.
    /// - Throws: `CheckpointError`, `ModelFileError` or `ModuleFileError`.
    package init(_ saved: ModelConfiguration, _ checkpoint: Checkpoint, directory: String, for purpose: Purpose) throws
    {
        var configuration = try saved.adapted(to: purpose, directory: directory).fitted(to: checkpoint)
        let naming = configuration.architecture.family.checkpointNaming
        try configuration.checkSize(against: checkpoint, directory: directory)
        // Weights of the file replace the initial ones, except for heads that begin anew.
        let hasFreshHead = purpose != .asSaved && purpose != .embeddingTexts
        network = hasFreshHead ? configuration.makeNetwork() : withoutRandomNumbers(configuration.makeNetwork)
        let expected = Set(network.namedTensors.map(\.path))
        let source = try AdaptedCheckpoint(
            checkpoint, naming: naming, expected: expected, quantization: configuration.quantization,
            isTied: configuration.sizes.tiesEmbeddings)
        if purpose == .asSaved { try source.checkHeads(saved, directory: directory) }
        if configuration.pruned.isEmpty {
            configuration.pruned = PrunedShapes(of: network, in: source) {
                purpose != .asSaved && naming.isFreshHead($0)
            }
        }
        try configuration.shrink(network, directory: directory)
        self.configuration = configuration
        self.directory = directory
        freshParameters = try ModuleFile.load(source, into: network) { purpose != .asSaved && naming.isFreshHead($0) }
        unusedTensors = source.unusedHeads + source.unknown
        MemoryPool.shared.trimLarge()
        if let note = source.note(isComplete: purpose == .asSaved) { ModelNotes.report(note) }
        if purpose == .asSaved, let note = saved.labelCountNote(path: directory + "/" + ModelConfiguration.fileName) {
            ModelNotes.report(note)
        }
    }

    /// Writes `config.json` and `model.safetensors` into `directory`, which is created if needed, in the form that
    /// Hugging Face's tools open, and copies the other files of the model from where it was read: the tokenizer,
    /// `modules.json` with its directories, `generation_config.json`, the licence. Each file appears whole or not at
    /// all, `config.json` just before the weights, which take the longest to write. What a killed process left there is
    /// removed.
    /// - Parameters:
    ///   - directory: where the model goes; files of a model that is there are replaced.
    ///   - tokenizer: the directory of the tokenizer's files, if it is another.
    ///   - floats: the type in which everything that is not packed is stored; scales and ranges stay f32.
    /// - Throws: `NarrowingError` for a weight that `floats` cannot hold, before anything is written, and what the file
    ///   system refuses.
    public func save(to directory: String, tokenizerFrom tokenizer: String? = nil, floats: DType = .float32) throws {
        precondition(floats.isFloatingPoint, "floats in \(floats)")
        let naming = configuration.architecture.family.checkpointNaming
        let parameters = Set(network.namedParameters.map(\.path)),
            ranges = Set(network.namedModules.map { $0.path + "." + ActivationQuantizer.rangeName })
        let stored = storedConfiguration, configuration = stored.json(floats: floats).text(.pretty) + "\n"
        let writer = try ModuleFile.writer(for: network) { name, tensor in
            var form = TensorForm(name: naming.fileName(of: name, isTied: stored.sizes.tiesEmbeddings), of: tensor)
            form.isTransposed = naming.isTransposed(name) && form.dtype == .float32
            if parameters.contains(name) || PackedForm.isKeptFloats(name, tensor.dtype), !ranges.contains(name) {
                try tensor.checkNarrowing(to: floats, named: name)
                form.dtype = floats
            }
            return form
        }
        let target = try ModelDirectory(creating: directory)
        try target.copyCompanions(of: self.directory, tokenizerFrom: tokenizer)
        try writer.write(to: target.path(Checkpoint.fileNames[0])) {
            try AtomicFile.write(configuration, to: target.path(ModelConfiguration.fileName))
        }
    }

    /// The configuration with what the network now is: which layers are packed or quantise inputs, and whether a head
    /// shares the word embedding's table.
    private var storedConfiguration: ModelConfiguration {
        let packedHeads = network.packedHeads
        let opensInPython =
            configuration.architecture.family.opensInTransformers && configuration.pruned.isEmpty && packedHeads.isEmpty
            && network.isPackedForPython
        var result = configuration
        result.quantization = QuantizationConfig(
            network.layerSchemes(includesActivations: true), opensInPython: opensInPython)
        let isTied = !packedHeads.isEmpty || network.namedParameters.count > network.parameters.count
        return result.withHead(tied: isTied)
    }

    /// The content of `config.json` in `directory` or, without that file, the configuration that a family makes of the
    /// tensors.
    /// - Throws: `ModelConfigurationError`, `ModelFileError`.
    public static func configuration(in directory: String) throws -> ModelConfiguration {
        try configuration(in: directory) { try Checkpoint(directory: directory).unwrapped() }
    }

    /// As above, for weights that may be elsewhere.
    package static func configuration(in directory: String, beside checkpoint: () throws -> Checkpoint) throws
        -> ModelConfiguration
    {
        do {
            return try ModelConfiguration(directory: directory)
        } catch {
            if error.isFileMissing, ModelSource.isFile(directory + "/adapter_config.json") {
                throw ModelFileError.adapterOnly(directory: directory)
            }
            guard error.isFileMissing, let checkpoint = try? checkpoint() else { throw error }
            let shapes = checkpoint.entries.reduce(into: [:]) { $0[$1.name] = $1.shape }
            for family in ModelFamilies.all {
                if let sizes = family.sizes(ofTensors: shapes) {
                    return ModelConfiguration(ModelArchitecture(usualOf: family), sizes)
                }
            }
            throw error
        }
    }
}

extension ModelConfiguration {
    /// A network of this architecture and these sizes, with random weights.
    func makeNetwork() -> any Module { architecture.family.makeNetwork(ofAny: sizes, head: architecture.head) }

    /// A network of the same modules under the same names in their smallest sizes, with random weights: an outline,
    /// which takes no memory worth mentioning.
    package func makeOutline() -> any Module {
        architecture.family.makeNetwork(ofAny: sizes.smallest, head: architecture.head)
    }

    /// Makes the layers of `network`, which is of this configuration's architecture and sizes, as small as pruning left
    /// them.
    /// - Throws: `ModelFileError.pruning` when they would not fit together. The network is of no use then.
    func shrink(_ network: any Module, directory: String) throws(ModelFileError) {
        let problems = pruned.apply(to: network).problems
        if !problems.isEmpty { throw .pruning(directory: directory, problems: problems) }
    }

    /// This configuration for `purpose`.
    /// - Throws: `ModelFileError`.
    fileprivate func adapted(to purpose: PretrainedModel.Purpose, directory: String) throws(ModelFileError)
        -> ModelConfiguration
    {
        let head: ModelHead, labels: [String], problem: ProblemType
        switch purpose {
        case .asSaved:
            if let unsupportedClass { throw .unsupportedClass(directory: directory, className: unsupportedClass) }
            return self
        case .classifyingTexts(let names, let answer):
            (head, labels, problem) = (.sequenceClassification, names, answer)
        case .classifyingImages(let names): (head, labels, problem) = (.imageClassification, names, .singleLabel)
        case .predictingMaskedWords: (head, labels, problem) = (.maskedLanguageModel, [], .singleLabel)
        case .embeddingTexts: (head, labels, problem) = (.base, [], .singleLabel)
        }
        guard architecture.family.heads.contains(head) else {
            throw .wrongPurpose(directory: directory, modelType: architecture.family.modelType, head: head)
        }
        var result = with(head, labels: labels, problem: problem)
        if purpose == .embeddingTexts { result.sizes = result.sizes.withoutHead }
        return result
    }
}
