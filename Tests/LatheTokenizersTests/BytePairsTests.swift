import LatheTokenizers
import Testing

@Suite("The pairs of byte-pair encoding")
struct BytePairsTests {
    private func tokenizer(_ model: String, preTokenizer: String = #"{"type": "ByteLevel", "add_prefix_space": false}"#)
        throws -> Tokenizer
    {
        try Tokenizer(json: Array(#"{"model": \#(model), "pre_tokenizer": \#(preTokenizer)}"#.utf8))
    }

    private static let vocabulary = #""vocab": {"a": 0, "b": 1, "c": 2, "bc": 3, "ab": 4, "abc": 5}"#

    @Test("Merges come in the order in which they are joined; of two equal pairs the last counts")
    func order() throws {
        let tokenizer = try tokenizer(#"{"type": "BPE", \#(Self.vocabulary), "merges": ["a b", "b c", "a bc", "a b"]}"#)
        #expect(tokenizer.merges?.map { "\($0.left) \($0.right)" } == ["b c", "a bc", "a b"])
        #expect(tokenizer.splitsLikeGPT2)
    }

    @Test("WordPiece has none")
    func wordPiece() throws {
        #expect(try tokenizer(#"{"type": "WordPiece", "vocab": {"[UNK]": 0}}"#).merges == nil)
    }

    @Test(
        "A space put before texts, or words split elsewhere, are not GPT-2's way",
        arguments: [#"{"type": "ByteLevel", "add_prefix_space": true}"#, #"{"type": "Whitespace"}"#])
    func otherSplits(preTokenizer: String) throws {
        #expect(
            try !tokenizer(#"{"type": "BPE", \#(Self.vocabulary), "merges": []}"#, preTokenizer: preTokenizer)
                .splitsLikeGPT2)
    }
}
