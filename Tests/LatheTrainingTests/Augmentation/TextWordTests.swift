import Testing

@testable import LatheTraining

@Suite("Words of a text")
struct TextWordTests {
    @Test("Words are runs of letters; function words, numbers and punctuation are none")
    func words() {
        let words = TextWord.replaceable(in: "The film's 3rd act isn't naïve, is it? Çok 42")
        #expect(words.map(\.text) == ["film", "act", "naïve", "Çok"])
        #expect(words.map(\.range) == [4..<8, 15..<18, 25..<30, 39..<42])
    }

    @Test("Replaced words leave everything between them as it was, and a capital stays one")
    func replacing() {
        let text = "Great,  (funny) film!", words = TextWord.replaceable(in: text)
        #expect(TextWord.replacing([(words[0], "bad"), (words[2], "movie")], in: text) == "Bad,  (funny) movie!")
        #expect(TextWord.replacing([], in: text) == text)
        #expect(TextWord.replaceable(in: "").isEmpty)
    }
}
