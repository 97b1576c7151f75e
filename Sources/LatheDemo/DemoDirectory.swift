import Foundation

/// Where the demo keeps its models, one folder each.
struct DemoDirectory {
    private let url: URL
    private let isTemporary: Bool

    /// - Parameter path: made if needed; nil for a temporary place.
    init(_ path: String?) throws {
        isTemporary = path == nil
        url =
            path.map { URL(fileURLWithPath: $0) }
            ?? FileManager.default.temporaryDirectory.appendingPathComponent("lathe-demo-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    var path: String { url.path }

    /// The folder of the model called `name`.
    func path(_ name: String) -> String { url.appendingPathComponent(name).path }

    func removeIfTemporary() {
        if isTemporary { try? FileManager.default.removeItem(at: url) }
    }
}
