import LatheFiles
import LatheTensor
import LatheTraining

/// A DeepSpeed config: compression, and what else of it matters to training on one CPU.
///
/// ```swift
/// let config = try DeepSpeedConfig(path: "w8a8.json")
/// config.batch?.train                               // 32
/// config.compression.enabledTechniques              // [.weightQuantization, .activationQuantization]
/// config.notes.map(\.description)                   // "zero_optimization, prescale_gradients: ignored"
/// ```
public struct DeepSpeedConfig: Sendable, Hashable {
    /// Nil where the file says nothing about batches.
    package var batch: BatchSizes?
    /// The largest 2-norm of all gradients together; nil leaves them as they are.
    public var gradientClip: Double?
    /// Nil where the file leaves it to the program.
    package var optimizer: OptimizerSettings?
    /// Nil where the file leaves it to the program.
    package var scheduler: SchedulerSettings?
    /// What `bf16` says, or `fp16`, which means bf16 mixed precision on a CPU.
    public var precision = Precision.float32
    /// How the length of sequences grows; `nil` where the file has no enabled `curriculum_learning`.
    package var curriculum: SequenceCurriculum?
    /// Steps from one line of the log to the next.
    public var stepsPerPrint = 10
    /// The section `compression_training`. An `eigenvalue` section of the file's top level is in its weight
    /// quantisation.
    public var compression = CompressionConfig()
    /// What is right in the file and yet should be known, in the order of reading.
    public var notes: [JSONFields.Note] = []
    /// The keys that a file left to the program with `"auto"`: `optimizer.params.lr`.
    package var automaticKeys: Set<String> = []
    /// The text of the file, as it is; nil for a config that was read from none.
    public var text: String? { source.text }
    private var source = ConfigText()

    /// Nothing but defaults.
    public init() {}

    /// What a config is read for.
    public enum Purpose: Sendable {
        /// All of it.
        case training
        /// Compression without training: what is wrong with batches, the optimizer and the scheduler is a note.
        case compressionOnly
    }

    /// Reads the file at `path`, in which `//` and `/* */` begin comments.
    /// - Parameters:
    ///   - path: the file.
    ///   - purpose: what it is read for.
    ///   - ignoredSections: keys, with the keys that lead to them and dots between, that are passed over.
    /// - Throws: `CompressionConfigError` that lists everything that is wrong in it.
    public init(path: String, for purpose: Purpose = .training, ignoring ignoredSections: [String] = [])
        throws(CompressionConfigError)
    {
        let file: MappedFile
        do throws(FileError) { file = try MappedFile(path: path) } catch { throw .io(error) }
        try self.init(file, for: purpose, ignoring: ignoredSections)
    }

    /// Reads a mapped file, likewise.
    /// - Throws: `CompressionConfigError` that lists everything that is wrong in it.
    package init(_ file: MappedFile, for purpose: Purpose = .training, ignoring ignoredSections: [String] = [])
        throws(CompressionConfigError)
    {
        let root: JSONValue
        do throws(JSONError) { root = try StrictJSON.parse(file, allowsComments: true) } catch {
            throw .malformedJSON(file: file.path, problem: error)
        }
        try self.init(json: root, file: file.path, for: purpose, ignoring: ignoredSections)
        source.text = file.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }

    /// Reads the content of a file.
    /// - Parameters:
    ///   - json: the whole file, an object.
    ///   - file: what messages call it.
    ///   - purpose: what it is read for.
    ///   - ignoredSections: keys, with the keys that lead to them and dots between, that are passed over.
    /// - Throws: `CompressionConfigError` that lists everything that is wrong in it.
    public init(
        json: JSONValue, file: String, for purpose: Purpose = .training, ignoring ignoredSections: [String] = []
    ) throws(CompressionConfigError) {
        if json.object == nil {
            throw .invalid(file: file, problems: [.init(key: "the file", text: "expected an object, got \(json.kind)")])
        }
        let missing = ignoredSections.filter { json.value(at: $0) == nil }
        if !missing.isEmpty {
            throw .invalid(
                file: file,
                problems: missing.map { .init(key: $0, text: "is to be ignored, but the file does not have it") })
        }
        let automatic = AutomaticValues(ignoredSections.reduce(json) { $0.removing($1) })
        let fields = JSONFields(automatic.remainder)
        self.init(fields, Set(automatic.keys), purpose)
        notes += ignoredSections.map { .init(key: $0, text: "ignored, as asked") }
        if !automatic.keys.isEmpty {
            notes.append(.init(key: automatic.keys.joined(separator: ", "), text: "\"auto\" is taken as absent"))
        }
        if !fields.problems.isEmpty { throw .invalid(file: file, problems: fields.problems) }
        if !asksForCompression { source.mistake = ConfigMistake(automatic.remainder).problem }
        source.text = json.text(.pretty) + "\n"
    }

    /// Whether any technique, or layer reduction, is enabled.
    public var asksForCompression: Bool {
        !compression.enabledTechniques.isEmpty || compression.layerReduction.isEnabled
    }

    /// Makes sure that the config asks for compression.
    /// - Parameter file: what messages call it.
    /// - Throws: `CompressionConfigError` with the likeliest mistake.
    public func checkAsksForCompression(file: String) throws(CompressionConfigError) {
        if asksForCompression { return }
        throw .invalid(file: file, problems: [source.mistake ?? ConfigMistake([:]).problem])
    }
}

extension JSONValue {
    /// The value that a path of keys with dots between leads to.
    fileprivate func value(at path: String) -> JSONValue? {
        path.split(separator: ".").reduce(Optional(self)) { $0?[String($1)] }
    }

    /// The value without the one that a path of keys leads to.
    fileprivate func removing(_ path: String) -> JSONValue {
        guard let members = object else { return self }
        let keys = path.split(separator: ".", maxSplits: 1).map(String.init)
        return .object(
            members.compactMap { member in
                guard member.key == keys.first else { return member }
                return keys.count == 1 ? nil : .init(member.key, member.value.removing(keys[1]))
            })
    }
}

/// What a config was read from. Two configs that say the same are equal, whatever their texts.
private struct ConfigText: Sendable, Hashable {
    var text: String?
    /// What is wrong with it if it asks for no compression.
    var mistake: JSONFields.Problem?

    static func == (left: ConfigText, right: ConfigText) -> Bool { true }

    func hash(into hasher: inout Hasher) {}
}
