import LatheFiles
import LathePacking

/// Why a directory does not serve as a model.
public enum ModelFileError: DescribedError, Equatable, Sendable {
    /// A model of a kind that cannot do what it is opened for.
    case wrongPurpose(directory: String, modelType: String, head: ModelHead)
    /// A class of models, named in `config.json`, with a head that Lathe does not have.
    case unsupportedClass(directory: String, className: String)
    /// Weights of a head beside a `config.json` that names no class.
    case unnamedHead(directory: String, tensors: [String])
    /// A directory with an adapter (LoRA and its kin) for a model that is elsewhere.
    case adapterOnly(directory: String)
    /// Sizes of pruned layers that do not fit together.
    case pruning(directory: String, problems: [String])
    /// `config.json` is of a far larger network than the weights beside it: parameters at least, and parameters at
    /// most.
    case weightsTooFew(directory: String, expected: Int, got: Int)
    /// The place for a model cannot be made.
    case cannotCreate(directory: String, reason: String)

    public var description: String {
        switch self {
        case .wrongPurpose(let directory, let modelType, let head):
            "\(directory): a \(modelType) model cannot \(head.purpose); choose another model or task"
        case .unsupportedClass(let directory, let className):
            "\(directory)/config.json: architectures: \(MessageText.plain(className)) is not a class that Lathe has, and its head would be lost; Lathe opens "
                + ModelArchitecture.classNames.joined(separator: ", ")
                + "; name one of these to open the model without that head"
        case .unnamedHead(let directory, let tensors):
            "\(directory)/config.json: architectures is missing, and the weights have a head (\(MessageText.plain(tensors[0]))); add the class of the model: "
                + ModelArchitecture.classNames.joined(separator: ", ")
        case .adapterOnly(let directory):
            "\(directory): holds an adapter (adapter_config.json) and no model; merge the adapter into its model and save that"
        case .pruning(let directory, let problems):
            MessageText.problems(problems.map { "\(PrunedShapes.fieldName).\($0)" }, in: "\(directory)/config.json")
        case .weightsTooFew(let directory, let expected, let got):
            "\(directory): config.json describes a network of \(expected) parameters or more, but the weights beside it hold \(got); put both files of "
                + "the same model there"
        case .cannotCreate(let directory, let reason):
            "\(directory): cannot make this directory: \(reason); name another place"
        }
    }
}

extension ModelHead {
    /// What it is for; completes "it cannot …".
    var purpose: String {
        switch self {
        case .base: "give hidden states"
        case .sequenceClassification: "classify texts"
        case .maskedLanguageModel: "guess masked words"
        case .languageModel: "go on with a text"
        case .imageClassification: "classify images"
        }
    }
}
