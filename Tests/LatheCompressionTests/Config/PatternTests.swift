import Testing

@testable import LatheCompression

@Suite("Patterns")
struct PatternTests {
    @Test(
        "A pattern is found anywhere in a path, as Python's re.search finds it",
        arguments: [
            ("dense", true), ("output.dense", true), (#"layer.\w+.output.dense"#, true), (#"layer\.\d+\.output"#, true),
            ("^bert", true),
            ("dense$", true), ("^encoder", false), ("output$", false), ("OUTPUT", false), ("(?i)OUTPUT", true),
            ("layer.[0-2].", false),
            ("layer.(1[01]|3)", true), ("(?P<number>3)", true), (#"\bdense\b"#, true), ("layer.{1,2}3", true),
            ("(?!bert)^b", false), ("a{,2}z", false),
        ])
    func search(_ pattern: String, _ isFound: Bool) throws {
        #expect(try ModulePattern(pattern).matches("bert.encoder.layer.3.output.dense") == isFound)
    }

    @Test("A star alone stands for every module")
    func everything() throws {
        #expect(try ModulePattern("*") == .everything)
        #expect(ModulePattern.everything.matches("anything"))
    }

    @Test(
        "Word boundaries and lookarounds are Python's",
        arguments: [
            (#"layer\.3\b"#, true), (#"layer\.3\b|pooler"#, true), (#"layer\.\b3"#, true), (#"\b3\.output"#, true),
            (#"layer\B"#, false),
            (#"(?<!attention\.)output\.dense"#, true), (#"(?<=layer\.3\.)output"#, true),
            (#"(?<!layer\.3\.)output"#, false),
            (#"output(?!\.dense)"#, false),
        ])
    func boundaries(_ pattern: String, _ isFound: Bool) throws {
        #expect(try ModulePattern(pattern).matches("bert.encoder.layer.3.output.dense") == isFound)
    }

    @Test(
        "What is not a regular expression is refused", arguments: ["(", ")", "[a", "+", "?x", "a**", "*.dense", #"\"#])
    func malformed(_ source: String) {
        #expect(throws: ModulePatternError.self) { try ModulePattern(source) }
    }

    @Test(
        "Brackets within brackets without end are refused, before they take all of the stack",
        arguments: ["(", "(?:", "(?=", "a(b"])
    func nested(_ piece: String) {
        #expect(throws: ModulePatternError.nested) { try ModulePattern(String(repeating: piece, count: 4096)) }
        #expect(throws: ModulePatternError.nested) {
            try ModulePattern(String(repeating: "(", count: 51) + String(repeating: ")", count: 51))
        }
    }

    @Test("A pattern that needs what is not supported says so")
    func unsupported() {
        let error = ModulePatternError.unsupported(source: #"(a)\1"#, construct: #"a backreference \1"#)
        #expect(throws: error) { try ModulePattern(#"(a)\1"#) }
        #expect(error.description == #""(a)\\1" uses a backreference \1, which is not supported; write it without"#)
    }

    @Test("A pattern of more than 16 kB is refused")
    func long() throws {
        #expect(throws: ModulePatternError.long(byteCount: 16_385, limit: 16_384)) {
            try ModulePattern(String(repeating: "a", count: 16_385))
        }
        #expect(try ModulePattern(String(repeating: "a|", count: 8191) + "b").matches("b"))
    }

    @Test("Brackets one after the other, and escaped ones, are no nesting")
    func manyBrackets() throws {
        #expect(try ModulePattern(String(repeating: "(a|b)?[0-9]?", count: 60)).matches("a1"))
        #expect(try ModulePattern(String(repeating: #"\["#, count: 60)).matches(String(repeating: "[", count: 60)))
    }

    @Test(
        "Block patterns are read and written",
        arguments: ["4x1", "1x4", "16x16", "channelx1", "1xchannel", "2:4", "1:1"])
    func blocks(_ text: String) {
        #expect(BlockPattern(text)?.description == text)
    }

    @Test(
        "Other block patterns are refused",
        arguments: [
            "", "4", "x", "4x", "x1", "0x1", "4x-1", "+4x1", "04x1", "4x1x1", "3:2", "0:4", "2:4:8", "4X1",
            "channelxchannel",
        ])
    func wrongBlocks(_ text: String) {
        #expect(BlockPattern(text) == nil)
    }
}
