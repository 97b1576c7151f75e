import LatheModels
import LatheTensor
import LatheTokenizers

/// Finds what may stand in the place of a text's words.
struct WordReplacer {
    /// A word with what may stand in its place.
    struct Choice {
        let word: TextWord
        let candidates: [String]
    }

    /// Whether the model guesses masked words itself.
    let predictsMaskedWords: Bool
    private let tokenizer: Tokenizer
    private let model: any MaskedLanguageModel
    private let mask: Int32
    private let guesser: MaskedWords
    private var neighbours: WordNeighbours

    /// - Parameter count: the most candidates of a word.
    /// - Throws: what is wrong with the model or its tokenizer.
    init(directory: String, count: Int) throws {
        let model = try PretrainedModel(directory: directory, for: .predictingMaskedWords)
        guard let network = model.network as? any MaskedLanguageModel else {
            throw AugmentationError.noEncoder(
                directory: directory, architecture: model.configuration.architecture.className)
        }
        tokenizer = try Tokenizer(directory: directory)
        self.model = network
        predictsMaskedWords = model.freshParameters.isEmpty
        let words = WholeWords(tokenizer, rows: network.vocabularySize)
        if words.ids.isEmpty { throw AugmentationError.noWords(directory: directory) }
        if predictsMaskedWords, tokenizer.specialTokens.mask == nil {
            throw AugmentationError.noMask(directory: directory)
        }
        mask = tokenizer.specialTokens.mask ?? 0
        neighbours = withInference { WordNeighbours(network.tokenEmbedding, words, count: count) }
        for layer in network.transformerLayers { layer.packWeights(.float32) }
        guesser = MaskedWords(model: network, words: words, count: count)
    }

    /// The choices for each text. Runs as inference.
    /// - Throws: `TokenizerError`, or `TaskError` when model and tokenizer do not fit.
    mutating func choices(for texts: [String]) throws -> [[Choice]] {
        var questions: [MaskedWords.Question] = [], asked: [Place] = []
        var others: [(word: String, pieces: [Int32])] = [], looked: [Place] = []
        for (index, text) in texts.enumerated() {
            let encoding = try encode(text)
            for word in TextWord.replaceable(in: text) {
                let places = encoding.pieces(of: word.range), pieces = places.map { encoding.ids[$0] }
                if pieces.isEmpty || pieces.contains(where: { $0 == tokenizer.specialTokens.unknown }) { continue }
                if predictsMaskedWords, let place = places.first, places.count == 1 {
                    var ids = encoding.ids
                    ids[place] = mask
                    questions.append(.init(ids: ids, types: encoding.typeIDs, place: place, word: word.text))
                    asked.append(Place(text: index, word: word))
                } else {
                    others.append((word.text, pieces))
                    looked.append(Place(text: index, word: word))
                }
            }
        }
        let answers = withInference { (guesser.candidates(for: questions), neighbours.candidates(for: others)) }
        var choices = [[Choice]](repeating: [], count: texts.count)
        for (place, candidates) in zip(asked + looked, answers.0 + answers.1) where !candidates.isEmpty {
            choices[place.text].append(Choice(word: place.word, candidates: candidates))
        }
        return choices.map { $0.sorted { $0.word.range.lowerBound < $1.word.range.lowerBound } }
    }

    private struct Place {
        let text: Int
        let word: TextWord
    }

    /// The tokens of `text`: to be masked, followed by those of the text itself where both fit, so that the model knows
    /// what it replaces.
    private func encode(_ text: String) throws -> Encoding {
        let limit = model.longestSequence
        var encoding = try tokenizer.encode(text, pair: predictsMaskedWords ? text : nil)
        if encoding.count > limit { encoding = try tokenizer.encode(text, options: TokenizerOptions(maxLength: limit)) }
        if let token = encoding.ids.first(where: { $0 >= model.vocabularySize }) {
            throw TaskError.tokenOutOfRange(token: token, vocabularySize: model.vocabularySize)
        }
        if let types = model.tokenTypeCount, let type = encoding.typeIDs.first(where: { $0 >= types }) {
            throw TaskError.tokenTypeOutOfRange(type: type, count: types)
        }
        return encoding
    }
}

extension Encoding {
    /// Where the tokens of a part of the first text stand; empty where the part was cut off.
    fileprivate func pieces(of range: Range<Int>) -> [Int] {
        guard let first = specialTokensMask.firstIndex(of: 0) else { return [] }
        let end = specialTokensMask[first...].firstIndex(of: 1) ?? count
        let places = (first..<end).filter { offsets[$0].overlaps(range) }
        guard let last = places.last, offsets[last].upperBound >= range.upperBound else { return [] }
        return places
    }
}
