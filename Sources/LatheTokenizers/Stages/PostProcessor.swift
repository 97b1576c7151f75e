/// What is put around the tokens of a text or a pair, and how offsets are trimmed.
struct PostProcessor: Sendable {
    /// A piece of the result.
    enum Piece: Sendable, Equatable {
        /// The tokens of the first text (0) or the second (1).
        case text(Int, typeID: Int32)
        /// A special token.
        case special(id: Int32, text: String, typeID: Int32)
    }

    /// The layout for one text, and for a pair.
    var single: [Piece] = [.text(0, typeID: 0)]
    var pair: [Piece] = [.text(0, typeID: 0), .text(1, typeID: 1)]
    /// For each stage that takes white space out of offsets, whether a first space is one that was put there.
    var trims: [Bool] = []

    /// `[CLS] A [SEP]`, `[CLS] A [SEP] B [SEP]`
    static func bert(start: (id: Int32, text: String), separator: (id: Int32, text: String)) -> PostProcessor {
        let start = Piece.special(id: start.id, text: start.text, typeID: 0)
        let separators = (0...1).map { Piece.special(id: separator.id, text: separator.text, typeID: Int32($0)) }
        return PostProcessor(
            single: [start, .text(0, typeID: 0), separators[0]],
            pair: [start, .text(0, typeID: 0), separators[0], .text(1, typeID: 1), separators[1]])
    }

    /// `<s> A </s>`, `<s> A </s></s> B </s>`, all of type 0.
    static func roberta(start: (id: Int32, text: String), separator: (id: Int32, text: String)) -> PostProcessor {
        let start = Piece.special(id: start.id, text: start.text, typeID: 0)
        let separator = Piece.special(id: separator.id, text: separator.text, typeID: 0)
        return PostProcessor(
            single: [start, .text(0, typeID: 0), separator],
            pair: [start, .text(0, typeID: 0), separator, separator, .text(1, typeID: 0), separator])
    }

    /// A text between the tokens that are there; of a pair, each text. The second text has type 1.
    static func edges(beginning: (id: Int32, text: String)?, end: (id: Int32, text: String)?) -> PostProcessor {
        let texts = (0...1).map { index -> [Piece] in
            let special = { (token: (id: Int32, text: String)?) in
                token.map { [Piece.special(id: $0.id, text: $0.text, typeID: Int32(index))] } ?? []
            }
            return special(beginning) + [.text(index, typeID: Int32(index))] + special(end)
        }
        return PostProcessor(single: texts[0], pair: texts[0] + texts[1])
    }

    /// Gives all tokens type 0.
    mutating func dropTypes() {
        let dropped = { (piece: Piece) -> Piece in
            switch piece {
            case .text(let index, _): .text(index, typeID: 0)
            case .special(let id, let text, _): .special(id: id, text: text, typeID: 0)
            }
        }
        (single, pair) = (single.map(dropped), pair.map(dropped))
    }

    /// The number of special tokens that are added.
    func addedCount(isPair: Bool) -> Int {
        (isPair ? pair : single).reduce(0) { count, piece in
            if case .special = piece { count + 1 } else { count }
        }
    }

    /// Joins the tokens of one text or two.
    func join(_ first: TokenList, _ second: TokenList?, addSpecialTokens: Bool, names: TokenNames) -> Encoding {
        var texts = [first]
        if let second { texts.append(second) }
        for isPrefixed in trims {
            for index in texts.indices { Self.trimOffsets(&texts[index], isPrefixed, names) }
        }
        var encoding = Encoding(names: names)
        encoding.reserve(texts.reduce(addedCount(isPair: second != nil)) { $0 + $1.count })
        for piece in second == nil ? single : pair {
            switch piece {
            case .text(let index, let typeID): encoding.append(texts[min(index, texts.count - 1)], typeID: typeID)
            case .special(let id, let text, let typeID):
                if addSpecialTokens { encoding.appendSpecial(id, text: text, typeID: typeID) }
            }
        }
        return encoding
    }

    // MARK: Offsets

    /// Takes the white space at a token's ends out of its offsets.
    private static func trimOffsets(_ tokens: inout TokenList, _ isPrefixed: Bool, _ names: TokenNames) {
        for index in 0..<tokens.count {
            var (leading, trailing) = names.spaces(at: index, of: tokens)
            if leading == 0, trailing == 0 { continue }
            if leading > 0 {
                // A single space at the very beginning may be the one that was put there.
                if index == 0 || tokens.starts[index] == 0, isPrefixed, leading == 1 { leading = 0 }
                tokens.starts[index] = min(tokens.starts[index] + leading, tokens.ends[index])
            }
            if trailing > 0, tokens.ends[index] >= trailing {
                tokens.ends[index] = max(tokens.ends[index] - trailing, tokens.starts[index])
            }
        }
    }
}
