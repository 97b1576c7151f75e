import Testing

@testable import LatheFiles

/// Expectations are what `re.search` of Python 3.11 answers.
@Suite("Regular expressions of Python")
struct PythonRegexTests {
    static let path = "bert.encoder.layer.3.output.dense"

    static let searches: [(String, String, Bool)] = [
        (#"layer\.0\b"#, "bert.encoder.layer.0.output.dense", true),
        (#"layer\.1\b"#, "bert.encoder.layer.10.output.dense", false), (#"\b3\b"#, path, true),
        (#"layer1\b"#, "layer1.0.conv2", true), (#"\blayer\b"#, "layer1.0.conv2", false),
        (#"\Bayer"#, "layer.0", true), (#"conv\B1"#, "layer1.0.conv1", true), (#"_\b1"#, "a_1", false),
        (#"\bé"#, "aé", false), (#"(?a)\bé"#, "aé", true), (#"(?a)a\b"#, "aé", true), (#"a\b"#, "aé", false),
        (#"(?<!attention\.)output\.dense"#, "layer.0.attention.output.dense", false),
        (#"(?<!attention\.)output\.dense"#, "layer.0.output.dense", true),
        (#"(?<=layer\.)\d+\.output"#, path, true), (#"(?<=layer\.)\d+\.output"#, "block.3.output", false),
        (#"(?<!a|b)c"#, "ac", false), (#"(?<!a|b)c"#, "xc", true), (#"(?<=^layer)1"#, "layer1", true),
        (#"(?<!\d)0"#, "layer.10", false), (#"(?<!\d)0"#, "layer.0", true),
        (#"output(?!\.LayerNorm)"#, path, true), (#"^(?!.*attention).*dense$"#, path, true),
        (#"^(?!.*attention).*dense$"#, "layer.0.attention.output.dense", false),
        (#"(?=.*3)(?=.*dense)layer"#, path, true), (#"(?!bert)^b"#, path, false),
        (#"layer\.(?:[0-9]|1[01])\.output"#, "encoder.layer.11.output", true),
        (#"layer\.(?:[02468])\."#, path, false), (#"(?P<block>\d+)\.output"#, path, true),
        (#"(?>a|ab)c"#, "abc", false), (#"(?>ab|a)c"#, "abc", true), (#"a++a"#, "aaa", false),
        (#"a*+b"#, "aab", true), (#"x{2,}"#, "x.xx", true), (#"^x{,2}$"#, "xxx", false),
        (#"a{,2}z"#, "z", true), (#"{a}"#, "{a}", true), (#"a{x"#, "a{x", true), (#"[]a]+"#, "]", true),
        (#"[^]a]"#, "]a", false), (#"[a\-c]"#, "-", true), (#"[\w.]+$"#, path, true), (#"[\d-]"#, "-", true),
        (#"\d"#, "²", false), (#"\w"#, "²", true), (#"\d"#, "٣", true), (#"(?a)\d"#, "٣", false),
        (#"\s"#, "\u{2003}", true), (#"(?i)ÄB"#, "äb", true), (#"(?ai)ÄB"#, "äb", false),
        (#"(?i:LAYER)\.3"#, path, true), (#"(?i:LAYER)\.OUTPUT"#, path, false),
        (#"(?x) layer \. 3 # the third"#, path, true), (#"(?s)a.b"#, "a\nb", true), (#"a.b"#, "a\nb", false),
        (#"a$"#, "a\n", true), (#"a\Z"#, "a\n", false), (#"(?m)^b"#, "a\nb", true), (#"^b"#, "a\nb", false),
        (#"\x61\u0062\103"#, "abC", true), (#"(a|ab)(c|bcd)$"#, "abcd", true), (#"(a*)*b"#, "aaab", true),
        (#"(?:a|a)*$"#, "aaaa", true), (#"(?#note)layer"#, path, true),
        (#"dense\b"#, path, true), (#"dense\B"#, path, false), (#"\b"#, "", false), (#"\B"#, "", false),
        (#"^\b"#, ".", false),
        (#"[\b]"#, "\u{8}", true), (#"h\b"#, "h_0.h", true), (#"0\b_"#, "0_", false), (#"\b-\b"#, "a-b", true),
        (#"\B\.\B"#, "a. b", false), (#"\B\.\B"#, "a .. b", true),
        (#"(?<=\b3)\."#, path, true), (#"(?<!\bh\.)0"#, "h.0", false), (#"(?<!\bh\.)0"#, "xh.0", true),
        (#"(?<!^)bert"#, path, false),
        (#"(?<=\.(?=3))3"#, path, true), (#"(?<!attention\.)(?<!^output\.)dense"#, "output.dense", false),
        (#"(?<!layer\.\d)\.output"#, path, false), (#"(?<!layer\.\d)\.output"#, "layer.10.output", true),
        (#"(?<=)x"#, "x", true),
        (#"(?<!)x"#, "x", false),
    ]

    @Test("An expression is found where Python finds it", arguments: searches)
    func search(_ pattern: String, _ text: String, _ isFound: Bool) throws {
        #expect(try PythonRegex(pattern).isFound(in: text) == isFound)
    }

    static let mistakes: [(String, String)] = [
        (#"("#, "missing ), unterminated subpattern at position 0"),
        (#")"#, "unbalanced parenthesis at position 0"), (#"[a"#, "unterminated character set at position 0"),
        (#"+"#, "nothing to repeat at position 0"), (#"?x"#, "nothing to repeat at position 0"),
        (#"a**"#, "multiple repeat at position 2"), (#"*.dense"#, "nothing to repeat at position 0"),
        (#"\"#, "bad escape (end of pattern) at position 0"),
        (#"(?P<a>x)(?P<a>y)"#, "redefinition of group name 'a' at position 12"),
        (#"(?<name>x)"#, "unknown extension ?<n at position 1"),
        (#"(?<=a+)b"#, "look-behind requires fixed-width pattern at position 0"),
        (#"[z-a]"#, "bad character range at position 1"), (#"\q"#, "bad escape \\q at position 0"),
        (#"\1"#, "invalid group reference 1 at position 1"),
        (#"a{3,1}"#, "min repeat greater than max repeat at position 2"),
        (#"a(?i)b"#, "global flags not at the start of the expression at position 1"),
        (#"(?P<1>a)"#, "bad character in group name '1' at position 4"),
        (#"[\d-z]"#, "bad character range at position 1"),
        (#"x{99999999999}"#, "the repetition number is too large at position 1"),
    ]

    @Test("What Python refuses is refused, with Python's reason", arguments: mistakes)
    func mistake(_ pattern: String, _ reason: String) {
        #expect(throws: PythonRegexError.malformed(reason: reason)) { try PythonRegex(pattern) }
    }

    @Test(
        "What is not supported is named",
        arguments: [
            (#"(a)\1"#, #"a backreference \1"#), ("(?P<x>a)(?P=x)", "a backreference (?P=…)"),
            ("(a)?(?(1)b|c)", "a conditional group (?(…)…)"),
            (#"\N{DIGIT ONE}"#, #"a named character \N{…}"#),
        ])
    func unsupported(_ pattern: String, _ construct: String) {
        #expect(throws: PythonRegexError.unsupported(construct)) { try PythonRegex(pattern) }
    }

    @Test("A match at the start need not be one elsewhere")
    func start() throws {
        let regex = try PythonRegex("layer")
        #expect(!regex.matchesStart(of: Self.path))
        #expect(regex.matchesStart(of: "layer.0"))
        #expect(!(try PythonRegex(#"(?<=r)\.layer"#).matchesStart(of: ".layer")))
    }

    @Test(
        "Expressions on which a matcher that starts over takes for ever end at once",
        arguments: [
            "(a*)*c", "(a|a)*c", "(a|aa)+$", "(?=(?:.*a)*c)", "(.*)(.*)(.*)(.*)(.*)c", "(?:(?:(?:a*)*)*)*c",
            "(?<!c)(a+)+c", "(?=.*(?=.*(?=.*(?=.*c))))",
        ])
    func catastrophic(_ pattern: String) throws {
        #expect(!(try PythonRegex(pattern).isFound(in: String(repeating: "a", count: 400) + "b")))
    }

    @Test(
        "Repetitions that multiply without end are refused",
        arguments: ["(a{1000}){1000}", "((a{100}){100}){100}", "a{70000}", "(?:a?){99999}"])
    func large(_ pattern: String) {
        #expect(throws: PythonRegexError.large) { try PythonRegex(pattern) }
    }

    @Test("A repetition of nothing takes no room")
    func repeatedNothing() throws {
        #expect(try PythonRegex("^(?:){4000000000}a").isFound(in: "a"))
        #expect(try PythonRegex("^(?:b{0}){4000000000}a").isFound(in: "a"))
    }
}
