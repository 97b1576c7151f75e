import LatheFiles
import Testing

@Suite("Comments in JSON")
struct JSONCommentTests {
    private func parse(_ text: String) throws(JSONError) -> JSONValue {
        try StrictJSON.parse(Array(text.utf8), allowsComments: true)
    }

    private func error(_ text: String) -> JSONError? {
        do throws(JSONError) {
            _ = try parse(text)
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "Where they are allowed, comments stand wherever spaces may",
        arguments: [
            "// a\n[1, 2]", "[1, 2]// b", "[1, 2] // b\n// c", "/* a */[/**/1/* // */,/* [ */2 // ]\n]/***/",
            "[1,// \"\r\n2]", "[1, /* \n\n */ 2]",
        ])
    func comments(_ text: String) throws {
        #expect(try parse(text) == [1, 2])
        #expect(throws: JSONError.self) { try StrictJSON.parse(text) }
    }

    @Test("In a string they are text")
    func strings() throws {
        #expect(try parse(#"["// a", "/* b"]"#) == ["// a", "/* b"])
    }

    @Test("What begins a comment and does not end it is named with its place")
    func mistakes() {
        #expect(error("[1,\n /* 2]") == JSONError(.unterminatedComment, offset: 5, line: 2, column: 2))
        #expect(error("[1, /*/ 2]") == JSONError(.unterminatedComment, offset: 4, line: 1, column: 5))
        #expect(
            error("[1, / 2]")
                == JSONError(
                    .unexpected(byte: 0x2F, expected: "a value or a comment (// or /*)"), offset: 4, line: 1, column: 5)
        )
        #expect(error("[1] // a") == nil)
        #expect(error("// a")?.problem == .unexpectedEnd)
        #expect(
            error("[1] /")
                == JSONError(
                    .unexpected(byte: 0x2F, expected: "a value or a comment (// or /*)"), offset: 4, line: 1, column: 5)
        )
    }

    @Test("A million comments in a row take neither stack nor long")
    func many() throws {
        #expect(try parse(String(repeating: "/**/", count: 1_000_000) + "1") == 1)
    }
}
