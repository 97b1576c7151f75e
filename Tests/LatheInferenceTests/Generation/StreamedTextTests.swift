import LatheTestModels
import LatheTokenizers
import Testing

@testable import LatheInference

@Suite("Text that comes token by token")
struct StreamedTextTests {
    /// The pieces that come of a text whose bytes are tokens.
    private static func pieces(_ bytes: some Sequence<UInt8>) throws -> (pieces: [String?], rest: String?, text: String)
    {
        let models = try TinyModels()
        var stream = StreamedText(try Tokenizer(directory: models.byteTokenizer("t")))
        let pieces = bytes.map { stream.append(Int32($0)) }
        let rest = stream.finish()
        return (pieces, rest, stream.text)
    }

    @Test("A character comes when its last byte has come")
    func characters() throws {
        let result = try Self.pieces("aé€😀z".utf8)
        #expect(result.pieces == ["a", nil, "é", nil, nil, "€", nil, nil, nil, "😀", "z"])
        #expect(result.rest == nil)
        #expect(result.text == "aé€😀z")
    }

    @Test("Bytes that never become a character come as replacement characters, in the end at the latest")
    func damage() throws {
        let inside = try Self.pieces([0x61, 0xE2, 0x82, 0x62])
        #expect(inside.pieces == ["a", nil, nil, "\u{FFFD}b"])
        let end = try Self.pieces([0x61, 0xF0, 0x9F])
        #expect(end.pieces == ["a", nil, nil])
        #expect(end.rest == "\u{FFFD}")
        #expect(end.text == "a\u{FFFD}")
    }

    @Test("Combining marks and line breaks of two bytes come as they are")
    func graphemes() throws {
        let result = try Self.pieces("e\u{301}\r\n!".utf8)
        #expect(result.pieces == ["e", nil, "\u{301}", "\r", "\n", "!"])
        #expect(result.text.utf8.elementsEqual("e\u{301}\r\n!".utf8))
    }

    @Test(
        "A long text is the same as its pieces joined, and as the tokens decoded at once",
        arguments: [63, 64, 65, 200, 1000])
    func long(count: Int) throws {
        let text = String((0..<count).map { ["a", "é", "€", " ", "😀", "\u{301}"][$0 * 7 % 6] as Character })
        let result = try Self.pieces(text.utf8)
        #expect(result.pieces.compactMap { $0 }.joined().utf8.elementsEqual(text.utf8))
        #expect(result.text.utf8.elementsEqual(text.utf8))
    }
}
