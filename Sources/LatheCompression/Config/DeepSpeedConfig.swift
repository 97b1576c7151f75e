import LatheTensor

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
    public var batch: BatchSizes?
    /// The largest 2-norm of all gradients together; nil leaves them as they are.
    public var gradientClip: Double?
    /// Nil where the file leaves it to the program.
    public var optimizer: OptimizerSettings?
    /// Nil where the file leaves it to the program.
    public var scheduler: SchedulerSettings?
    /// What `bf16` says, or `fp16`, which means bf16 mixed precision on a CPU.
    public var precision = Precision.float32
    /// Steps from one line of the log to the next.
    public var stepsPerPrint = 10
    /// The section `compression_training`. An `eigenvalue` section of the file's top level is in its weight quantisation.
    public var compression = CompressionConfig()
    /// What is right in the file and yet should be known, in the order of reading.
    public var notes: [JSONFields.Note] = []
    /// The text of the file, as it is; nil for a config that was read from none.
    public var text: String? { source.text }
    private var source = ConfigText()

    /// Nothing but defaults.
    public init() {}

    /// Reads the file at `path`, in which `//` and `/* */` begin comments.
    /// - Throws: `CompressionConfigError` that lists everything that is wrong in it.
    public init(path: String) throws(CompressionConfigError) {
        let file: MappedFile
        do throws(FileError) { file = try MappedFile(path: path) } catch { throw .io(error) }
        try self.init(file)
    }

    /// Reads a mapped file, in which `//` and `/* */` begin comments.
    /// - Throws: `CompressionConfigError` that lists everything that is wrong in it.
    public init(_ file: MappedFile) throws(CompressionConfigError) {
        let root: JSONValue
        do throws(JSONError) { root = try StrictJSON.parse(file, allowsComments: true) } catch {
            throw .malformedJSON(file: file.path, problem: error)
        }
        try self.init(json: root, file: file.path)
        source.text = file.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }

    /// Reads the content of a file.
    /// - Parameters:
    ///   - json: the whole file, an object.
    ///   - file: what messages call it.
    /// - Throws: `CompressionConfigError` that lists everything that is wrong in it.
    public init(json: JSONValue, file: String) throws(CompressionConfigError) {
        if json.object == nil {
            throw .invalid(file: file, problems: [.init(key: "the file", text: "expected an object, got \(json.kind)")])
        }
        let automatic = AutomaticValues(json)
        let fields = JSONFields(automatic.remainder)
        self.init(fields)
        if !automatic.keys.isEmpty {
            notes.append(.init(key: automatic.keys.joined(separator: ", "), text: "\"auto\" is taken as absent"))
        }
        if !fields.problems.isEmpty { throw .invalid(file: file, problems: fields.problems) }
        source.text = json.text(.pretty) + "\n"
    }
}

/// What a config was read from. Two configs that say the same are equal, whatever their texts.
private struct ConfigText: Sendable, Hashable {
    var text: String?

    static func == (left: ConfigText, right: ConfigText) -> Bool { true }

    func hash(into hasher: inout Hasher) {}
}
