import LatheFiles
import LatheTokenizers

/// How a directory of sentence-transformers turns texts into vectors: `modules.json`, the directories that it names,
/// `sentence_bert_config.json` and `config_sentence_transformers.json`.
///
/// A directory without `modules.json` has the mean of the hidden states, scaled to length 1.
package struct SentenceModules: Sendable, Hashable {
    /// How the hidden states of a text's tokens become one vector; the raw value is that of `pooling_mode`.
    package enum Pooling: String, Sendable, Hashable, CaseIterable {
        /// The first token's.
        case first = "cls"
        /// The largest value of each dimension.
        case max
        case mean
        /// The sum, divided by the square root of the number of tokens.
        case meanOfSquareRoot = "mean_sqrt_len_tokens"
        /// The mean in which a token counts as often as its place, from 1.
        case weightedMean = "weightedmean"
        /// The last token's.
        case last = "lasttoken"
    }

    /// The directory of the model and its tokenizer.
    package private(set) var transformer: String
    /// What is computed, one after the other in the vector.
    package var pooling: [Pooling] = [.mean]
    /// Whether vectors are scaled to length 1.
    package var normalizes = true
    /// The most tokens of a text, special ones included; `nil` for what the tokenizer and the model take.
    package private(set) var maxLength: Int?
    /// Whether texts are put in lower case.
    package private(set) var lowercases = false
    /// Beginnings of texts, by their names.
    package private(set) var prompts: [String: String] = [:]
    /// The name of the prompt that is used unless another one is chosen.
    package private(set) var defaultPrompt: String?
    /// The dimensions that are kept of a vector, from the first on; `nil` for all.
    package private(set) var width: Int?
    /// Whether the tokens of a prompt count in pooling.
    private var poolsPrompt = true
    /// The file that names `maxLength`.
    private var lengthFile: String?
    private let directory: String

    /// Reads the files of `directory` as far as they are there.
    /// - Throws: `ModelConfigurationError` with what is wrong, or a module that Lathe does not have.
    package init(directory: String) throws(ModelConfigurationError) {
        (self.directory, transformer) = (directory, directory)
        if let file = try Self.file("modules.json", in: directory) { try readModules(file) }
        let names = ["bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet"].map {
            "sentence_\($0)_config.json"
        }
        for name in names {
            guard let file = try Self.file(name, in: transformer) else { continue }
            let fields = JSONFields(file.root)
            if fields[Self.lengthKey] != nil {
                (maxLength, lengthFile) = (fields.integer(Self.lengthKey, in: 1...1_048_576), file.path)
            }
            lowercases = fields.bool("do_lower_case", default: false)
            Self.checkTransformer(fields)
            try Self.check(fields, file.path)
            break
        }
        if let file = try Self.file("config_sentence_transformers.json", in: directory) { try readPrompts(file) }
    }

    private static let lengthKey = "max_seq_length"

    /// Returns the most tokens of a text, special ones included: the number that the files name, as far as the model
    /// takes it. A `max_seq_length` beyond that, with which sentence-transformers fails, is noted.
    /// - Parameters:
    ///   - tokenizer: names the length where `max_seq_length` is absent.
    ///   - limit: the most tokens that the model takes.
    package func length(_ tokenizer: Tokenizer, limit: Int) -> Int {
        if let maxLength, let lengthFile, maxLength > limit {
            ModelNotes.report(
                "\(lengthFile): \(Self.lengthKey) is \(maxLength), and the model takes \(limit) tokens; longer texts are cut to \(limit)"
            )
        }
        return min(maxLength ?? tokenizer.modelMaxLength ?? limit, limit)
    }

    /// Reports settings of the transformer that Lathe does not follow.
    private static func checkTransformer(_ fields: JSONFields) {
        if let task = fields["transformer_task"], task != "feature-extraction" {
            fields.report("transformer_task", "\(task.shown) is not supported; only feature-extraction is")
        }
        if let settings = fields["processing_kwargs"], settings != .object([]) {
            fields.report(
                "processing_kwargs",
                "settings of the tokenizer are not supported here; use max_seq_length and tokenizer_config.json")
        }
    }

    /// The text that is put before every text.
    /// - Parameter name: of the prompt; `nil` for the usual one, if there is one.
    /// - Throws: `ModelConfigurationError` if there is no such prompt.
    package func prompt(named name: String?) throws(ModelConfigurationError) -> String {
        guard let name = name ?? defaultPrompt else { return "" }
        let file = directory + "/config_sentence_transformers.json"
        guard let prompt = prompts[name] else {
            let known =
                prompts.isEmpty
                ? "the model has no prompts"
                : "known are " + prompts.keys.sorted().map(MessageText.plain).joined(separator: ", ")
            throw .invalid(
                file: file, problems: [.init(key: "prompts", text: "there is no \(MessageText.plain(name)); \(known)")])
        }
        guard prompt.isEmpty || poolsPrompt else {
            throw .invalid(
                file: file,
                problems: [
                    .init(
                        key: "prompts",
                        text: "include_prompt false in the pooling module is not supported together with a prompt")
                ])
        }
        return prompt
    }

    private mutating func readPrompts(_ file: (root: JSONValue, path: String)) throws(ModelConfigurationError) {
        let fields = JSONFields(file.root)
        for member in fields["prompts"]?.object ?? [] {
            if let text = member.value.string {
                prompts[member.key] = text
            } else {
                fields.report("prompts.\(member.key)", "expected a string, got \(member.value.kind)")
            }
        }
        defaultPrompt = fields["default_prompt_name"]?.string
        if fields["truncate_dim"] != nil { width = fields.integer("truncate_dim", in: 1...1_048_576) }
        if let type = fields["model_type"], type != "SentenceTransformer" {
            fields.report("model_type", "\(type.shown) is not supported; only SentenceTransformer is")
        }
        try Self.check(fields, file.path)
    }

    // MARK: Modules

    private mutating func readModules(_ file: (root: JSONValue, path: String)) throws(ModelConfigurationError) {
        guard let list = file.root.array else {
            throw .invalid(
                file: file.path, problems: [.init(key: "the file", text: "expected an array, got \(file.root.kind)")])
        }
        normalizes = false
        for (index, element) in list.enumerated() {
            let fields = JSONFields(element, prefix: "[\(index)].")
            let type = fields["type"]?.string ?? "", path = fields["path"]?.string ?? ""
            if path.split(separator: "/").contains("..") || path.hasPrefix("/") {
                fields.report("path", "expected a directory beside modules.json, got \(MessageText.plain(path))")
            }
            switch type.split(separator: ".").last ?? "" {
            case "Transformer": if !path.isEmpty { transformer = directory + "/" + path }
            case "Pooling":
                if try !readPooling(path) {
                    fields.report(
                        "type",
                        "Pooling needs \(MessageText.plain(path.isEmpty ? "" : path + "/"))config.json, which is missing"
                    )
                }
            case "Normalize": normalizes = true
            case "Dropout": break
            default:
                fields.report(
                    "type",
                    "\(MessageText.plain(type)) (\(MessageText.plain(path))) is not supported; Lathe has Transformer, Pooling and Normalize"
                )
            }
            try Self.check(fields, file.path)
        }
    }

    private static let pastNames: KeyValuePairs<String, Pooling> = [
        "cls_token": .first, "max_tokens": .max, "mean_tokens": .mean, "mean_sqrt_len_tokens": .meanOfSquareRoot,
        "weightedmean_tokens": .weightedMean,
        "lasttoken": .last,
    ]

    /// - Returns: whether the module has its file.
    private mutating func readPooling(_ path: String) throws(ModelConfigurationError) -> Bool {
        guard let file = try Self.file((path.isEmpty ? "" : path + "/") + "config.json", in: directory) else {
            return false
        }
        let fields = JSONFields(file.root)
        poolsPrompt = fields.bool("include_prompt", default: true)
        if let value = fields["pooling_mode"] {
            let names = value.array ?? [value]
            pooling = names.compactMap { $0.string.flatMap(Pooling.init) }
            if pooling.count != names.count || names.isEmpty {
                fields.report(
                    "pooling_mode",
                    "\(value.text()) is not supported; use \(Pooling.allCases.map(\.rawValue).joined(separator: ", "))")
            }
        } else {
            pooling = Self.pastNames.filter { fields.bool("pooling_mode_" + $0.key, default: false) }.map(\.value)
            if pooling.isEmpty { pooling = [.mean] }
        }
        try Self.check(fields, file.path)
        return true
    }

    // MARK: Files

    /// The content of a file of a directory; `nil` if there is none.
    private static func file(_ name: String, in directory: String) throws(ModelConfigurationError) -> (
        root: JSONValue, path: String
    )? {
        let path = directory + "/" + name, file: MappedFile
        guard ModelSource.isFile(path) else { return nil }
        do throws(FileError) { file = try MappedFile(path: path) } catch { throw .io(error) }
        do throws(JSONError) { return (try StrictJSON.parse(file), path) } catch {
            throw .malformedJSON(file: path, problem: error)
        }
    }

    private static func check(_ fields: JSONFields, _ file: String) throws(ModelConfigurationError) {
        if !fields.problems.isEmpty { throw .invalid(file: file, problems: fields.problems) }
    }
}
