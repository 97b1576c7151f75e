import Foundation

/// A fresh directory; call `remove()` in a `defer`.
///
/// It takes no closure on purpose: where `#expect` with a closure stands inside another closure, the 6.3 compiler can
/// run a wrong one, or crash.
package struct ScratchDirectory {
    package let path: String

    package init() throws {
        path = NSTemporaryDirectory() + "lathe-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    package func write(_ bytes: [UInt8], to name: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path + "/" + name))
    }

    package func write(_ text: String, to name: String) throws { try write(Array(text.utf8), to: name) }

    package func remove() { try? FileManager.default.removeItem(atPath: path) }
}

/// The names in a directory, hidden ones included.
package func listing(_ directory: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
}
