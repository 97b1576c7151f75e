import LatheFiles
import LatheNN

/// A family of models: the one place that knows what a `model_type` of `config.json` stands for.
///
/// A family of a package's own is registered before its models are opened:
///
/// ```swift
/// ModelFamilies.register(GatedFamily())
/// let model = try PretrainedModel(directory: "my-model")
/// ```
public protocol ModelFamily: Sendable {
    associatedtype Sizes: ModelSizes

    /// The name of the family: `model_type` in `config.json`.
    var modelType: String { get }
    /// The classes of the family's models by their names in `architectures`, with their heads.
    var classes: KeyValuePairs<String, ModelHead> { get }
    /// Classes that are read as one of `classes`, since their weights are all of that one's.
    var readOnlyClasses: KeyValuePairs<String, ModelHead> { get }
    /// The head of a model whose `config.json` does not name a class.
    var usualHead: ModelHead { get }
    /// Other names of fields of `config.json`, and the family's own.
    var fieldAliases: [String: String] { get }
    /// The differences between the names and layouts of checkpoints and those of the networks.
    var checkpointNaming: CheckpointNaming { get }
    /// The networks that can be made by name, with random weights.
    var presets: [ModelPreset] { get }
    /// Whether transformers has the family and opens its packed models.
    var opensInTransformers: Bool { get }

    /// Reads the sizes of a network from `config.json`. What is wrong is reported to `fields`.
    /// - Parameters:
    ///   - fields: the content of `config.json`.
    ///   - labelCount: the outputs of a classifier.
    func sizes(_ fields: JSONFields, labelCount: Int) -> Sizes
    /// The sizes of the network whose checkpoint holds tensors of these names and shapes, for a directory without
    /// `config.json`; `nil` if it is not of the family.
    func sizes(ofTensors shapes: [String: [Int]]) -> Sizes?
    /// Makes a network with random weights, from `RandomSource.current`.
    func makeNetwork(_ sizes: Sizes, head: ModelHead) -> any Module
}

extension ModelFamily {
    public var readOnlyClasses: KeyValuePairs<String, ModelHead> { [:] }
    public var fieldAliases: [String: String] { [:] }
    public var checkpointNaming: CheckpointNaming { CheckpointNaming() }
    public var presets: [ModelPreset] { [] }
    public var opensInTransformers: Bool { false }

    public func sizes(ofTensors shapes: [String: [Int]]) -> Sizes? { nil }

    /// The heads that the family's models can have.
    var heads: Set<ModelHead> { Set(classes.map(\.value)) }

    /// A network of sizes that are the family's.
    func makeNetwork(ofAny sizes: any ModelSizes, head: ModelHead) -> any Module {
        guard let sizes = sizes as? Sizes else {
            preconditionFailure("sizes of a \(type(of: sizes)) for a model of the family \(modelType)")
        }
        return makeNetwork(sizes, head: head)
    }
}

/// The sizes of a family's networks, as `config.json` has them.
public protocol ModelSizes: Hashable, Sendable {
    /// The fields of `config.json`, to be written.
    var jsonMembers: [JSONValue.Member] { get }
    /// The sizes of a network with the same modules under the same names that takes no memory worth mentioning.
    var smallest: Self { get }
    /// The outputs of a classifier; 0 if the family has none.
    var labelCount: Int { get set }
    /// Whether a head that predicts tokens computes with the token embedding's table.
    var tiesEmbeddings: Bool { get set }

    /// The parameters in the large tensors of a network with `head`; biases and normalisations are not counted.
    func parameterCount(head: ModelHead) -> Int
    /// A number that divides the rows of every layer's weight, as large as possible: starting configs give a weight so
    /// many scales.
    var commonRowCount: Int { get }
    /// The same sizes with another number of equal layers; `nil` for a network that does not consist of such.
    func with(layerCount: Int) -> Self?
    /// The sizes for a model of `head` whose checkpoint has tensors of these names, as far as `config.json` does not
    /// state them.
    func fitted(to tensors: [String], head: ModelHead) -> Self
    /// The sizes of a network that is opened for its hidden states alone.
    var withoutHead: Self { get }
}

extension ModelSizes {
    /// 0: the family has no classifiers.
    public var labelCount: Int {
        get { 0 }
        set {}
    }
    /// False: the family has no such heads, or they have weights of their own.
    public var tiesEmbeddings: Bool {
        get { false }
        set {}
    }

    public var commonRowCount: Int { 1 }
    public func with(layerCount: Int) -> Self? { nil }
    public func fitted(to tensors: [String], head: ModelHead) -> Self { self }
    public var withoutHead: Self { self }

    /// Whether `other` are the same sizes.
    public func isEqual(to other: any ModelSizes) -> Bool { (other as? Self) == self }
}
