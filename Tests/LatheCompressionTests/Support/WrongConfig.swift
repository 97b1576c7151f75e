import LatheFiles
import LatheTestFiles
import Testing

/// A mistake in ``ExampleConfig``, and what is said about it.
struct WrongConfig: Sendable, CustomTestStringConvertible {
    /// Where the config is changed, below `compression_training`, or from the top with a dot in front.
    let path: String
    /// What is put there; nil removes it.
    let value: JSONValue?
    /// Where the problem is seen, written as `path` is.
    let place: String
    /// The problem, in full.
    let text: String

    init(_ path: String, _ value: JSONValue?, at place: String? = nil, _ text: String) {
        (self.path, self.value, self.place, self.text) = (path, value, place ?? path, text)
    }

    var testDescription: String { "\(path) = \(value?.text() ?? "nothing")" }
    var json: JSONValue { ExampleConfig.json.setting(Self.full(path), to: value) }
    var problem: JSONFields.Problem { .init(key: Self.full(place), text: text) }

    private static func full(_ path: String) -> String {
        path.hasPrefix(".") ? String(path.dropFirst()) : "compression_training." + path
    }
}
