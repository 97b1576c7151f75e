import LatheFiles
import LatheTensor
import Testing

@Suite("The strict JSON reader and writer")
struct StrictJSONTests {
    private func problem(_ text: String) -> JSONError.Problem? {
        error(Array(text.utf8))?.problem
    }

    private func error(_ bytes: [UInt8], valueLimit: Int = StrictJSON.defaultValueLimit) -> JSONError? {
        do throws(JSONError) {
            _ = try StrictJSON.parse(bytes, valueLimit: valueLimit)
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "Texts mean what the standard says",
        arguments: [
            ("null", .null), (" true\n", true), ("false", false), ("0", 0), ("-12", -12), ("[]", []), ("{}", [:]),
            ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
            ("9223372036854775808", .number(9_223_372_036_854_775_808)), ("1.5e-7", 1.5e-7), ("1E+2", .number(100)),
            ("-0", .number(-0.0)), ("1e-400", .number(0)), ("[1,[2, {\"a\" :\t3}]]", [1, [2, ["a": 3]]]),
            (#""a\"\\\/\b\f\n\r\t\u0041\u00e9\ud83E\uDD89z""#, "a\"\\/\u{8}\u{C}\n\r\tAé🦉z"),
            (#"{"b":1,"a":{"b":2}}"#, ["b": 1, "a": ["b": 2]]), ("\"\u{7F}\u{2028}\"", "\u{7F}\u{2028}"),
        ] as [(String, JSONValue)])
    func values(_ text: String, _ expected: JSONValue) throws {
        let value = try StrictJSON.parse(text)
        #expect(value == expected)
        #expect(try StrictJSON.parse(value.text()) == value)
        #expect(try StrictJSON.parse(value.text(.pretty)) == value)
    }

    @Test("A minus sign before zero is not lost")
    func negativeZero() throws {
        let value = try #require(try StrictJSON.parse("-0").double)
        #expect(value.sign == .minus)
        #expect(try StrictJSON.parse(JSONValue.number(-0.0).text()).double?.sign == .minus)
    }

    @Test(
        "Mistakes are told apart",
        arguments: [
            ("", .unexpectedEnd), ("[", .unexpectedEnd), ("\"a", .unexpectedEnd), ("{\"a\":", .unexpectedEnd),
            ("tru", .unexpectedEnd), ("nul1", .unexpected(byte: 0x31, expected: "null")),
            ("[1 2]", .unexpected(byte: 0x32, expected: "',' or ']'")),
            ("{\"a\":1;}", .unexpected(byte: 0x3B, expected: "',' or '}'")),
            ("{\"a\" 1}", .unexpected(byte: 0x31, expected: "':'")),
            ("[1,]", .unexpected(byte: 0x5D, expected: "a value")),
            ("+1", .unexpected(byte: 0x2B, expected: "a value")), (".5", .unexpected(byte: 0x2E, expected: "a value")),
            ("// x", .unexpected(byte: 0x2F, expected: "a value")), ("1 2", .trailingContent),
            ("01", .malformedNumber), ("-", .malformedNumber), ("1.", .malformedNumber), ("1e", .malformedNumber),
            ("1e+", .malformedNumber), ("-a", .malformedNumber), ("0x1", .trailingContent),
            ("1e400", .numberOutOfRange),
            (#""\x""#, .malformedEscape), (#""\u12g4""#, .malformedEscape), (#""\udc00""#, .loneSurrogate),
            (#""\ud800\n""#, .loneSurrogate), (#""\ud800\u0041""#, .loneSurrogate), ("\"\t\"", .controlCharacter(9)),
            (#"{"a":1,"b":2,"a":3}"#, .duplicateKey("a")), ("\u{FEFF}1", .unexpected(byte: 0xEF, expected: "a value")),
        ] as [(String, JSONError.Problem)])
    func mistakes(_ text: String, _ expected: JSONError.Problem) {
        #expect(problem(text) == expected)
    }

    @Test("The place of a mistake is exact")
    func places() {
        let text = "{\n  \"a\": 1,\n  \"a\": 2\n}"
        #expect(error(Array(text.utf8)) == JSONError(.duplicateKey("a"), offset: 14, line: 3, column: 3))
        #expect(
            error(Array(text.utf8))?.description
                == "line 3, column 3 (byte 14): duplicate key \"a\"; keep one of them")
        #expect(
            error(Array("[1\n,]".utf8))?.description == "line 2, column 2 (byte 4): expected a value, got ']'")
    }

    @Test(
        "Bytes that are no UTF-8 are refused",
        arguments: [
            [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xE2, 0x82], [0xF4, 0x90, 0x80, 0x80], [0x80],
        ] as [[UInt8]])
    func invalidUTF8(_ bytes: [UInt8]) {
        #expect(error([0x22] + bytes + [0x22])?.problem == .invalidUTF8)
        #expect(error([0x22, 0x5C, 0x6E] + bytes + [0x22])?.problem == .invalidUTF8)
    }

    @Test("Depth, the number of values, and the length of numbers are limited")
    func limits() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(problem(nested(64)) == nil)
        #expect(problem(nested(65)) == .tooDeep(limit: 64))
        #expect(problem(String(repeating: "{\"a\":", count: 100_000)) == .tooDeep(limit: 64))
        #expect(error(Array("[1,2]".utf8), valueLimit: 3) == nil)
        #expect(error(Array("[1,2,3]".utf8), valueLimit: 3)?.problem == .tooManyValues(limit: 3))
        #expect(problem(String(repeating: "1", count: 200)) == nil)
        #expect(problem("0." + String(repeating: "1", count: 100_000)) == .numberOutOfRange)
    }

    @Test("Duplicate keys are found among many, and keys are compared byte by byte")
    func manyKeys() throws {
        let keys = (0..<1_000).map { "\"k\($0)\":0" }
        let value = try StrictJSON.parse("{" + keys.joined(separator: ",") + "}")
        #expect(value.object?.map(\.key) == (0..<1_000).map { "k\($0)" })
        #expect(problem("{" + keys.joined(separator: ",") + ",\"k500\":0}") == .duplicateKey("k500"))
        let twins = try StrictJSON.parse("{\"\u{E9}\":1,\"e\u{301}\":2}")
        #expect(twins["\u{E9}"] == 1)
        #expect(twins["e\u{301}"] == 2)
    }

    @Test("Accessors give the value of their kind and nil otherwise")
    func accessors() {
        let value: JSONValue = ["n": nil, "b": true, "i": 3, "d": 0.5, "s": "x", "a": [1, 2]]
        #expect(value["n"]?.isNull == true)
        #expect(value["b"]?.bool == true)
        #expect(value["i"]?.integer == 3)
        #expect(value["i"]?.double == 3)
        #expect(value["d"]?.double == 0.5)
        #expect(value["d"]?.integer == nil)
        #expect(value["s"]?.string == "x")
        #expect(value["a"]?[1] == 2)
        #expect(value["a"]?[2] == nil)
        #expect(value["a"]?[-1] == nil)
        #expect(value["a"]?["x"] == nil)
        #expect(value["z"] == nil)
        #expect(
            value.object?.map(\.value.kind)
                == ["null", "a truth value", "an integer", "a number", "a string", "an array"])
        #expect(value.kind == "an object")
    }

    @Test("Text is escaped, laid out, and free of infinities")
    func writing() {
        let value: JSONValue = ["a\"b\\": [1, 2.5, "\u{0}\u{1F}\n/é"], "e": [], "o": [:], "x": [nil, false]]
        #expect(value.text() == #"{"a\"b\\":[1,2.5,"\u0000\u001f\n/é"],"e":[],"o":{},"x":[null,false]}"#)
        #expect(
            value.text(.pretty) == #"""
                {
                  "a\"b\\": [
                    1,
                    2.5,
                    "\u0000\u001f\n/é"
                  ],
                  "e": [],
                  "o": {},
                  "x": [
                    null,
                    false
                  ]
                }
                """#)
        let numbers: JSONValue = [.number(.infinity), .number(-.infinity), .number(.nan), 1.0]
        #expect(numbers.text() == "[null,null,null,1.0]")
    }

    @Test("Random numbers come back bit for bit")
    func numbers() throws {
        var random = SplitMix64(seed: 3)
        for _ in 0..<20_000 {
            let value = Double(bitPattern: random.next())
            guard value.isFinite else { continue }
            let back = try StrictJSON.parse(JSONValue.number(value).text())
            #expect(back == .number(value))
            let integer = Int(truncatingIfNeeded: random.next())
            #expect(try StrictJSON.parse(JSONValue.integer(integer).text()) == .integer(integer))
        }
    }
}
