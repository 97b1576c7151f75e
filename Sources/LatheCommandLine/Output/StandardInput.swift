import Foundation
import Synchronization

/// The content of standard input, which is read once, when it is first needed.
final class StandardInput: Sendable {
    private let source: @Sendable () throws -> Data
    private let content = Mutex<Data?>(nil)

    /// - Parameter source: returns all of the input.
    init(_ source: @escaping @Sendable () throws -> Data) { self.source = source }

    /// What was read; nil if nothing asked for it.
    var read: Data? { content.withLock { $0 } }

    /// Returns all of the input.
    /// - Throws: what `source` throws.
    func data() throws -> Data {
        try content.withLock { content in
            let data = try content ?? source()
            content = data
            return data
        }
    }
}
