/// A part of an `AlignedText`: text to be split further, or an added token that was found in it.
struct TextPiece {
    var start: Int
    var end: Int
    /// The added token's id, or -1 for text.
    var token: Int32 = -1

    var isText: Bool { token < 0 }
}
