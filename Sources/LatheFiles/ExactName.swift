/// A string compared byte by byte, as file formats compare their keys.
///
/// `String` itself takes "é" in one scalar and in two for the same; two such keys in one file are different names.
package struct ExactName: Hashable, Sendable {
    let string: String

    package init(_ string: String) {
        self.string = string
    }

    package static func == (left: ExactName, right: ExactName) -> Bool {
        left.string.utf8.elementsEqual(right.string.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        var string = string
        string.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }

    /// Byte order, which is also the order of Unicode scalars.
    package static func precedes(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }
}
