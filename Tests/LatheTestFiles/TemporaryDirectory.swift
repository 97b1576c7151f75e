import Foundation

/// A directory that goes when the test is over.
package final class TemporaryDirectory {
    private let url: URL

    package init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("lathe-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: url)
    }

    package func path(_ name: String) -> String { url.appendingPathComponent(name).path }

    package func contents(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: url.appendingPathComponent(name)))
    }
}
