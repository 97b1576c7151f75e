/// A word of a text: a run of letters that no digit adjoins.
struct TextWord: Equatable {
    /// Where it stands, in Unicode scalars.
    let range: Range<Int>
    let text: String

    /// The words of `text` that may be replaced: all but function words, which carry grammar and negation.
    static func replaceable(in text: String) -> [TextWord] {
        var words: [TextWord] = [], current = "", start = 0, hasOthers = false
        func finish(at end: Int) {
            if !current.isEmpty, !hasOthers, !FunctionWords.contains(current) {
                words.append(TextWord(range: start..<end, text: current))
            }
        }
        var place = 0
        for scalar in text.unicodeScalars {
            if scalar.isLetter || scalar.properties.numericType != nil {
                if current.isEmpty { (start, hasOthers) = (place, false) }
                current.unicodeScalars.append(scalar)
                hasOthers = hasOthers || !scalar.isLetter
            } else {
                finish(at: place)
                current = ""
            }
            place += 1
        }
        finish(at: place)
        return words
    }

    /// `text` with the words that `replacements` names in the place of their originals. A word that began with a
    /// capital still does.
    static func replacing(_ replacements: [(word: TextWord, by: String)], in text: String) -> String {
        let scalars = Array(text.unicodeScalars)
        var result = "", position = 0
        for (word, substitute) in replacements {
            result.unicodeScalars.append(contentsOf: scalars[position..<word.range.lowerBound])
            let isCapital = word.text.unicodeScalars.first?.properties.isUppercase ?? false
            result += isCapital ? substitute.prefix(1).uppercased() + substitute.dropFirst() : substitute
            position = word.range.upperBound
        }
        result.unicodeScalars.append(contentsOf: scalars[position...])
        return result
    }
}

extension Unicode.Scalar {
    /// A letter, or a mark that belongs to one.
    fileprivate var isLetter: Bool { properties.isAlphabetic || properties.generalCategory == .nonspacingMark }
}

extension String {
    /// Whether this is a word of letters only.
    var isLetters: Bool { !isEmpty && unicodeScalars.allSatisfy(\.isLetter) }
}
