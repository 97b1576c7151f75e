/// A name compared byte by byte; `String` itself takes two spellings of "é" for the same.
struct ExactKey: Hashable, Sendable {
    private let bytes: [UInt8]

    init(_ name: String) {
        bytes = Array(name.utf8)
    }
}
