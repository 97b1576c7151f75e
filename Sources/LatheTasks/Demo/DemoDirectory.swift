import Foundation

/// Where the demo keeps its models, one folder each.
struct DemoDirectory {
    private let url: URL
    private let isTemporary: Bool

    /// - Parameter path: made if needed; nil for a temporary place.
    init(_ path: String?) throws {
        isTemporary = path == nil
        url = path.map { URL(fileURLWithPath: $0) }
            ?? FileManager.default.temporaryDirectory.appendingPathComponent("lathe-demo-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    /// The path of the file of the model called `name`, in a folder that exists.
    func file(_ name: String) throws -> String {
        let folder = url.appendingPathComponent(name)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder.appendingPathComponent("model.safetensors").path
    }

    func removeIfTemporary() {
        if isTemporary { try? FileManager.default.removeItem(at: url) }
    }
}
