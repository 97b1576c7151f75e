import Foundation
import LatheCheckpoints
import LatheFiles
import LatheModels
import LathePacking
import LatheTensor

/// Saves a model as a directory in Hugging Face's layout, whatever files it is in: one `model.safetensors`, and all
/// else as it was.
///
/// ```swift
/// var conversion = ModelConversion(model: "resnet18.pth", output: "resnet18")
/// conversion.floats = .float16
/// let summary = try conversion.run()
/// ```
public struct ModelConversion {
    /// The directory of the model, or a file with its weights.
    public var model: String
    /// Where the model goes.
    public var output: String
    /// The type of all floats but the scales and ranges of packed weights; nil keeps the type that each tensor has in
    /// the file.
    public var floats: DType?
    /// Whether a model in the output directory is replaced.
    public var overwrites = false

    public init(model: String, output: String) {
        (self.model, self.output) = (model, output)
    }

    /// The result of a conversion.
    public struct Summary: Sendable {
        /// The bytes of the file with the weights.
        public let byteCount: Int
        public let tensorCount: Int
        /// The files of the output directory that were written, by their paths in it.
        public let files: [String]
        /// The files beside the model that were not taken over: weights in other forms, and files of training runs.
        public let leftOut: [String]
    }

    /// Converts.
    /// - Throws: `ConversionError`, `NarrowingError` for a number that `floats` cannot hold, `OutputLockError` while
    ///   another run writes into the output directory, and what keeps the model from being opened. Nothing is written
    ///   then.
    public func run() throws -> Summary {
        if ResolvedPath.of(ConvertedModel.directory(of: model)) == ResolvedPath.of(output) {
            throw ConversionError.sameDirectory(output)
        }
        return try OutputLock.holding(directory: output) {
            try StagedFiles.removeLeftovers(in: output)
            if !overwrites,
                let name = Checkpoint.fileNames.first(where: {
                    FileManager.default.fileExists(atPath: output + "/" + $0)
                })
            {
                throw ConversionError.occupied(directory: output, file: name)
            }
            return try convert()
        }
    }

    private func convert() throws -> Summary {
        let source = try ConvertedModel(model)
        let companions = try source.companions(without: output), weights = ConvertedWeights(source, floats: floats)
        return try StagedFiles.writeModel(into: output) { staging in
            let file = staging + "/" + Checkpoint.fileNames[0]
            try weights.write(to: file)
            try AtomicFile.write(to: staging + "/" + ModelConfiguration.fileName) {
                try $0.write(source.configurationText(floats: floats))
            }
            try companions.copy(to: staging)
            return Summary(
                byteCount: try MappedFile(path: file).byteCount, tensorCount: weights.entries.count,
                files: ([ModelConfiguration.fileName, Checkpoint.fileNames[0]] + companions.files).sorted(),
                leftOut: companions.leftOut)
        }
    }
}

/// A model that is converted: its tensors, its configuration, and what is beside them.
struct ConvertedModel {
    let checkpoint: Checkpoint
    let configuration: ModelConfiguration
    /// The directory of the files.
    let directory: String
    /// Paths of parameters that are one with another one, and that files do without.
    let repeatedParameters: Set<String>
    /// Whether what is beside the weights belongs to the model.
    private let hasCompanions: Bool

    /// Opens `path`, a directory or a file with weights, and makes sure that it is a model as a whole.
    /// - Throws: what is wrong with the model.
    init(_ path: String) throws {
        let isFile = ModelSource.isFile(path),
            checkpoint = try (isFile ? Checkpoint(path: path) : Checkpoint(directory: path)).unwrapped()
        directory = Self.directory(of: path)
        self.checkpoint = checkpoint
        // Beside a file without config.json there may be anything.
        hasCompanions = !isFile || FileManager.default.fileExists(atPath: directory + "/" + ModelConfiguration.fileName)
        configuration = try PretrainedModel.configuration(in: directory) { checkpoint }
        let model = try PretrainedModel(configuration, checkpoint, directory: directory, for: .asSaved),
            network = model.network
        try Self.checkFinite(model.unusedTensors, in: checkpoint)
        var seen: Set<ObjectIdentifier> = []
        repeatedParameters = Set(
            network.namedParameters.filter { !seen.insert(ObjectIdentifier($0.parameter)).inserted }.map(\.path))
    }

    /// Makes sure that heads which the model does not read, and which are copied, have no element that is NaN or
    /// infinite, as the model's weights have none.
    /// - Throws: `ModuleFileError`.
    private static func checkFinite(_ names: [String], in checkpoint: Checkpoint) throws {
        let problems = try names.compactMap { name -> ModuleFileError.Problem? in
            guard checkpoint[name]?.dtype != nil, let element = try checkpoint.tensor(name).firstNonFinite else {
                return nil
            }
            return .notFinite(name, file: checkpoint.file(of: name) ?? checkpoint.path, element)
        }
        if !problems.isEmpty { throw ModuleFileError(file: checkpoint.path, problems: problems) }
    }

    /// The directory of a model: `path`, or the one in which that file is.
    static func directory(of path: String) -> String {
        guard ModelSource.isFile(path) else { return path }
        let parent = URL(fileURLWithPath: path).deletingLastPathComponent().relativePath
        return parent.isEmpty ? "." : parent
    }

    func companions(without output: String) throws -> CompanionFiles {
        hasCompanions ? try CompanionFiles(in: directory, without: output) : CompanionFiles()
    }

    /// The text of the new `config.json`: the old one as it is, but for the type of `floats`.
    /// - Throws: `ModelConfigurationError`.
    func configurationText(floats: DType?) throws -> String {
        let path = directory + "/" + ModelConfiguration.fileName
        guard FileManager.default.fileExists(atPath: path) else {
            return configuration.json(floats: floats ?? commonFloats).text(.pretty) + "\n"
        }
        let file = try MappedFile(path: path)
        guard let floats else { return file.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }
        var members = try StrictJSON.parse(file).object ?? []
        // Releases of transformers differ in the name of this field.
        let keys = ["torch_dtype", "dtype"], present = members.indices.filter { keys.contains(members[$0].key) }
        for index in present { members[index].value = .string(floats.rawValue) }
        if present.isEmpty { members.append(.init("dtype", .string(floats.rawValue))) }
        return JSONValue.object(members).text(.pretty) + "\n"
    }

    /// The type that all floats of the checkpoint have; float32 if there are several.
    private var commonFloats: DType {
        let types = Set(checkpoint.entries.compactMap { DType($0.storedType) }.filter(\.isFloatingPoint))
        return types.count == 1 ? types.first ?? .float32 : .float32
    }
}
