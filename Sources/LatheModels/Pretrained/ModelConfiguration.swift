import LatheFiles
import LathePacking
import LatheTensor

/// The content of a model's `config.json`: the network's architecture and sizes, the names of its classes.
///
/// ```swift
/// let configuration = try ModelConfiguration(directory: "bert-base-uncased-sst2")
/// configuration.architecture.className    // "BertForSequenceClassification"
/// configuration.labels                    // ["negative", "positive"]
/// ```
public struct ModelConfiguration: Sendable {
    /// The name of the file in a model's directory.
    public static let fileName = "config.json"

    public var architecture: ModelArchitecture
    /// The sizes of the network, of the family's type: a `BertConfiguration`, for instance.
    public var sizes: any ModelSizes
    /// The names of a classifier's outputs, in their order; one for a model that tells a number. Empty for other
    /// models.
    public var labels: [String]
    /// The kind of answer that a sequence classifier gives; of other models it is of no account.
    public var problem: ProblemType { didSet { isProblemImplied = false } }
    /// Whether the kind of answer follows from the number of labels, since the file that was read names none.
    private var isProblemImplied = false
    /// Layers that pruning made smaller than `sizes` says.
    public var pruned = PrunedShapes()
    /// Layers whose weights lie in few bits or that quantise their inputs.
    public var quantization: QuantizationConfig?
    /// The class that the file names in `architectures`, if Lathe does not have it: one with another head, of which
    /// only the body can be read.
    public private(set) var unsupportedClass: String?
    /// The file as it was read, whose other fields are kept when it is written again.
    private var source: [JSONValue.Member]

    /// The configuration of a new model.
    /// - Parameters:
    ///   - architecture: the network's.
    ///   - sizes: of the same family.
    ///   - labels: names of a classifier's outputs; `nil` for `LABEL_0`, `LABEL_1`, ….
    public init(_ architecture: ModelArchitecture, _ sizes: any ModelSizes, labels: [String]? = nil) {
        self.architecture = architecture
        self.sizes = sizes
        source = []
        problem = .singleLabel
        self.labels = []
        if let count = labelCount { self.labels = labels ?? Self.placeholders(count) }
    }

    /// Reads `config.json` in `directory`.
    /// - Throws: `ModelConfigurationError` that lists everything that is wrong in it.
    public init(directory: String) throws(ModelConfigurationError) {
        try self.init(path: directory.hasSuffix("/") ? directory + Self.fileName : directory + "/" + Self.fileName)
    }

    /// Reads the file at `path`.
    /// - Throws: `ModelConfigurationError` that lists everything that is wrong in it.
    public init(path: String) throws(ModelConfigurationError) {
        let file: MappedFile
        do throws(FileError) { file = try MappedFile(path: path) } catch { throw .io(error) }
        let root: JSONValue
        do throws(JSONError) { root = try StrictJSON.parse(file) } catch {
            throw .malformedJSON(file: path, problem: error)
        }
        try self.init(root, file: path)
    }

    /// Reads the content of a `config.json`.
    /// - Parameters:
    ///   - root: an object.
    ///   - file: what messages call it.
    /// - Throws: `ModelConfigurationError` that lists everything that is wrong in it.
    public init(_ root: JSONValue, file: String) throws(ModelConfigurationError) {
        guard let object = root.object else {
            throw .invalid(file: file, problems: [.init(key: "the file", text: "expected an object, got \(root.kind)")])
        }
        let head = JSONFields(root), className = head["architectures"]?[0]?.string
        guard let architecture = Self.architecture(head) else { throw .invalid(file: file, problems: head.problems) }
        self.architecture = architecture
        let (members, fields) = Self.canonical(object, architecture.family)
        source = members
        unsupportedClass = className.flatMap { ModelArchitecture(className: $0) == nil ? $0 : nil }
        let names = Self.labelNames(fields)
        if names != nil { Self.checkLabelCount(fields) }
        let count = names?.count ?? Self.labelCount(fields)
        sizes = architecture.family.sizes(fields, labelCount: count)
        labels = architecture.head.isClassification ? names ?? Self.placeholders(count) : []
        let named = Self.problem(fields)
        problem = named ?? (architecture.head == .sequenceClassification && count == 1 ? .regression : .singleLabel)
        isProblemImplied = named == nil
        pruned = PrunedShapes(fields)
        quantization = QuantizationConfig(fields)
        if !fields.problems.isEmpty { throw .invalid(file: file, problems: fields.problems) }
    }

    /// Whether the single output is a number and not a class.
    public var isRegression: Bool { problem == .regression }

    /// Whether the file that was read names the kind of answer. Without it, transformers takes a single output for a
    /// number in training and for the logit of a label in its text-classification pipeline.
    public var namesProblem: Bool { source.contains { $0.key == "problem_type" && $0.value != .null } }

    /// A field of the file that was read; `nil` if it is absent.
    func sourceField(_ key: String) -> JSONValue? { source.first { $0.key == key && !$0.value.isNull }?.value }

    /// Whether the file that was read names the class of the model.
    var namesClass: Bool { source.contains { $0.key == "architectures" && $0.value[0]?.string != nil } }

    /// The outputs of a classifier; `nil` for other models.
    public var labelCount: Int? { architecture.head.isClassification ? sizes.labelCount : nil }

    /// The configuration of a model of the same body with another head.
    /// - Parameters:
    ///   - head: what the model computes then.
    ///   - labels: names of the outputs of a classifier.
    ///   - problem: the kind of answer that a sequence classifier gives.
    public func with(_ head: ModelHead, labels: [String], problem: ProblemType = .singleLabel) -> ModelConfiguration {
        var result = self
        result.architecture.head = head
        result.labels = labels
        result.problem = problem
        result.unsupportedClass = nil
        result.sizes.labelCount = labels.count
        return result
    }

    /// The configuration of a model of the same kind with another number of equal layers; `nil` for a network that does
    /// not consist of such.
    public func with(layerCount: Int) -> ModelConfiguration? {
        guard let sizes = sizes.with(layerCount: layerCount) else { return nil }
        var result = self
        result.sizes = sizes
        return result
    }

    /// The file's content: what was read, with what is known here put in its place.
    public var json: JSONValue { json(floats: .float32) }

    /// As above, for weights that are written in `floats`, whatever they were read from.
    package func json(floats: DType) -> JSONValue {
        var members = source
        func set(_ key: String, _ value: JSONValue) {
            if let index = members.firstIndex(where: { $0.key == key }) {
                members[index].value = value
            } else {
                members.append(.init(key, value))
            }
        }
        // The usual kind needs no field, unless the file has one.
        func setSingleLabel() {
            guard let index = members.firstIndex(where: { $0.key == "problem_type" }), members[index].value != .null
            else { return }
            members[index].value = .string(ProblemType.singleLabel.rawValue)
        }
        set("architectures", [.string(architecture.className)])
        set("model_type", .string(architecture.family.modelType))
        // A field that says the same in another way stays as it is.
        let read = architecture.family.sizes(JSONFields(.object(source)), labelCount: labels.count).jsonMembers
        for member in sizes.jsonMembers where !(sourceField(member.key) != nil && read.contains { $0 == member }) {
            set(member.key, member.value)
        }
        // Releases of transformers differ in the name of this field.
        for key in ["torch_dtype", "dtype"]
        where members.contains(where: { $0.key == key }) || (key == "dtype" && floats != .float32) {
            set(key, .string(floats.rawValue))
        }
        if !labels.isEmpty {
            setLabels(in: &members)
            // A kind that the file leaves open stays open: the pipeline of transformers then takes a single output for
            // a label, and not for a number.
            if problem == .singleLabel {
                setSingleLabel()
            } else if !isProblemImplied {
                set("problem_type", .string(problem.rawValue))
            }
        }
        // What was read may say what holds no more.
        members.removeAll { [PrunedShapes.fieldName, QuantizationConfig.fieldName].contains($0.key) }
        if !pruned.isEmpty { set(PrunedShapes.fieldName, pruned.json) }
        if let quantization { set(QuantizationConfig.fieldName, quantization.json) }
        return .object(members)
    }

}

extension ModelConfiguration {
    /// The architecture that the fields name; nil after a report.
    private static func architecture(_ fields: JSONFields) -> ModelArchitecture? {
        let supported = "Lathe opens " + ModelArchitecture.classNames.joined(separator: ", ")
        let className = fields["architectures"]?[0]?.string
        if let type = fields["model_type"], type.string == nil {
            fields.report("model_type", "expected a string, got \(type.shown)")
            return nil
        }
        if let className, let architecture = ModelArchitecture(className: className) {
            let family = architecture.family.modelType, type = fields["model_type"]?.string ?? family
            if type == family { return architecture }
            fields.report(
                "architectures",
                "\(className) is a class of \(family) models, and model_type is \(MessageText.plain(type)); correct one of them"
            )
            return nil
        }
        guard let type = fields["model_type"]?.string else {
            fields.report(
                "model_type", "missing; add one of " + ModelFamilies.all.map(\.modelType).joined(separator: ", "))
            return nil
        }
        guard let family = ModelFamilies.family(type) else {
            fields.report("model_type", "\(type) is not supported; \(supported)")
            return nil
        }
        return ModelArchitecture(usualOf: family)
    }

    /// The kind of answer that the file names; nil if it names none, and after a report.
    private static func problem(_ fields: JSONFields) -> ProblemType? {
        guard let value = fields["problem_type"], value != .null else { return nil }
        if let problem = value.string.flatMap(ProblemType.init) { return problem }
        let names = ProblemType.allCases.map(\.rawValue).joined(separator: ", ")
        fields.report("problem_type", "expected one of \(names), or null; got \(value.text())")
        return nil
    }
}
