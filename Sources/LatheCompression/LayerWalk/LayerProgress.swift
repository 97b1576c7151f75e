import Foundation
import LatheCheckpoints
import LatheFiles
import LatheModels
import LathePacking

/// The layers that are done, each a file in a directory of its own, so that they survive whatever happens to the rest.
package struct LayerProgress {
    package let directory: String
    /// What the run is: layers of another one do not belong to it.
    let identity: String

    package init(directory: String, identity: String) { (self.directory, self.identity) = (directory, identity) }

    private static let identityKey = "lathe.layer_distillation", resultKey = "lathe.losses"

    private func path(_ layer: Int) -> String { "\(directory)/layer-\(layer).safetensors" }

    /// Makes the directory.
    /// - Parameter isResuming: whether what is there may stay.
    package func begin(isResuming: Bool) throws {
        if !isResuming { try Self.remove(directory) }
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        } catch {
            throw ModelFileError.cannotCreate(directory: directory, reason: error.localizedDescription)
        }
    }

    /// Whether layers are there.
    package var isBegun: Bool { FileManager.default.fileExists(atPath: path(0)) }

    func save(_ layer: any TransformerLayer, _ number: Int, _ result: some LayerStepResult) throws {
        try ModuleFile.save(
            layer, to: path(number), metadata: [Self.identityKey: identity, Self.resultKey: result.text])
    }

    /// Gives `layer` the values that an earlier run stored; returns `nil` if none had come so far.
    /// - Throws: `CompressionError.differentDistillation` when that was another run, `SafetensorsError` and
    ///   `ModuleFileError` for a damaged file.
    func restore<Result: LayerStepResult>(
        _ layer: any TransformerLayer, _ number: Int, as type: Result.Type
    ) throws -> Result? {
        guard FileManager.default.fileExists(atPath: path(number)) else { return nil }
        let file = try SafetensorsFile(path: path(number)), result = file.metadata[Self.resultKey].flatMap(Result.init)
        guard file.metadata[Self.identityKey] == identity, let result else {
            throw CompressionError.differentDistillation(
                file: file.path, found: file.metadata[Self.identityKey] ?? "nothing", expected: identity)
        }
        try ModuleFile.load(file, into: layer)
        return result
    }

    /// Removes a directory of layers, if it is there.
    package static func remove(_ directory: String) throws {
        guard FileManager.default.fileExists(atPath: directory) else { return }
        do {
            try FileManager.default.removeItem(atPath: directory)
        } catch let error as CocoaError {
            let cause = error.userInfo[NSUnderlyingErrorKey] as? POSIXError
            throw FileError.system(path: directory, operation: .remove, code: cause?.code.rawValue ?? EIO)
        }
    }
}
