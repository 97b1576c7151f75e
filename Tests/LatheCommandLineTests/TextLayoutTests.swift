import Testing

@testable import LatheCommandLine

@Suite("Text on narrow terminals")
struct TextLayoutTests {
    @Test(
        "Lines break between words, and what follows is indented",
        arguments: [
            ("one two three", 8, "one two\n  three"), ("one two three", 13, "one two three"),
            ("one two three", 7, "one two\n  three"),
            ("  name     a value of words", 20, "  name     a value\n    of words"),
            ("/a/path/without/spaces", 10, "/a/path/without/spaces"),
            ("/a/path/without/spaces: more", 10, "/a/path/without/spaces:\n  more"),
            ("short\nanother line", 9, "short\nanother\n  line"), ("", 5, ""),
            ("  lathe plan --model a --config b", 22, "  lathe plan --model \\\n    a --config b"),
            ("lathe trains and compresses", 20, "lathe trains and\n  compresses"),
            ("  lathe plan --model a      what is done", 30, "  lathe plan --model a\n    what is done"),
            ("ends in a space ", 15, "ends in a space "),
        ])
    func wrap(text: String, width: Int, expected: String) { #expect(TextWrap.wrapped(text, to: width) == expected) }

    @Test("Without a width, or with colours, text stays as it is")
    func unwrapped() {
        #expect(TextWrap.wrapped("one two three", to: nil) == "one two three")
        #expect(TextWrap.wrapped("\u{1B}[1mone two\u{1B}[0m three", to: 5) == "\u{1B}[1mone two\u{1B}[0m three")
    }

    private func table(width: Int?) -> String {
        var table = TextTable(["layer", "what happens", "parameters", "", "bytes"], leftColumns: 2)
        table.add(["encoder.layer.0.attention.query", "8 bits; half of the rows", "1024", "-> 512", "4.1 kB"])
        table.add(["  pooler", "", "256", "", "1.0 kB"])
        table.add(["", "as it was", "1280", "", "5.1 kB"])
        let console = Console(outputWidth: width, output: { _ in }, errors: { _ in })
        return Console.$current.withValue(console) { table.text }
    }

    @Test("A table that does not fit cuts names, and at last has a few lines for each row")
    func stacked() {
        #expect(table(width: nil) == table(width: 200))
        let cut = table(width: 75)
        #expect(
            cut.contains("…") && cut.split(separator: "\n").count == 5
                && cut.split(separator: "\n").allSatisfy { $0.count <= 75 }, "\(cut)")
        #expect(
            table(width: 40) == """
                encoder.layer.0.attention.query
                  what happens: 8 bits; half of the rows
                  parameters: 1024 -> 512  bytes: 4.1 kB
                  pooler
                    parameters: 256  bytes: 1.0 kB
                as it was
                  parameters: 1280  bytes: 5.1 kB
                """)
    }
}
