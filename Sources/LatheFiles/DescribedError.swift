import Foundation

/// An error whose description says what is wrong, where, and what to do; `localizedDescription` is the same text.
public protocol DescribedError: LocalizedError, CustomStringConvertible {}

extension DescribedError {
    public var errorDescription: String? { description }
}
