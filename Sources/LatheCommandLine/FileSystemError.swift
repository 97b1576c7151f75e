import Foundation
import LatheFiles

/// What Foundation reports about files, as a sentence: its own errors print their insides on some systems.
struct FileSystemError: DescribedError {
    let description: String

    /// Nil for other errors.
    init?(_ error: any Error) {
        guard let error = error as? CocoaError else { return nil }
        let cause = error.userInfo[NSUnderlyingErrorKey] as? any Error
        let reason =
            (cause as? POSIXError).map { String(cString: strerror($0.code.rawValue)) } ?? error.localizedDescription
        let path = error.userInfo[NSFilePathErrorKey] as? String
        description = path.map { "\($0): \(reason)" } ?? reason
    }
}
