extension Tokenizer {
    /// Turns a text, or a pair of texts, into tokens.
    /// - Throws: `TokenizerError` where the options cannot be met: a limit too small for the special tokens, or a text
    ///   that alone may be cut and is too short for it.
    public func encode(
        _ text: String, pair: String? = nil, options: TokenizerOptions = TokenizerOptions()
    ) throws(TokenizerError) -> Encoding {
        let workspace = workspaces.take()
        defer { workspaces.give(workspace) }
        return try encode(text, pair, options, workspace)
    }

    /// Turns texts, or pairs of texts, into tokens, and makes them equally long if `padding` says so.
    /// - Throws: `TokenizerError` as for one text, where there are not as many second texts as texts, and where there
    ///   is no token to pad with.
    public func encode(
        batch texts: [String], pairs: [String]? = nil, padding: TokenizerPadding = .none,
        options: TokenizerOptions = TokenizerOptions()
    ) throws(TokenizerError) -> [Encoding] {
        if let pairs, pairs.count != texts.count { throw .unequalPairs(texts: texts.count, pairs: pairs.count) }
        let workspace = workspaces.take()
        defer { workspaces.give(workspace) }
        var encodings: [Encoding] = []
        encodings.reserveCapacity(texts.count)
        for index in texts.indices {
            encodings.append(try encode(texts[index], pairs?[index], options, workspace))
        }
        let length: Int
        switch padding {
        case .none: return encodings
        case .toLongest: length = encodings.map(\.count).max() ?? 0
        case .toLength(let fixed): length = fixed
        }
        if encodings.allSatisfy({ $0.count >= length }) { return encodings }
        guard let paddingToken else { throw .noPaddingToken }
        for index in encodings.indices { encodings[index].pad(to: length, with: paddingToken, side: paddingSide) }
        return encodings
    }

    /// The part of `text` that a token's offsets stand for.
    public static func text(of offsets: Range<Int>, in text: String) -> Substring {
        let scalars = text.unicodeScalars
        let start = scalars.index(scalars.startIndex, offsetBy: max(0, offsets.lowerBound), limitedBy: scalars.endIndex)
        guard let start else { return "" }
        let end = scalars.index(start, offsetBy: offsets.count, limitedBy: scalars.endIndex) ?? scalars.endIndex
        return text[start..<end]
    }

    // MARK: Steps

    private func encode(
        _ text: String, _ pair: String?, _ options: TokenizerOptions, _ workspace: Workspace
    ) throws(TokenizerError) -> Encoding {
        var limit: Int?
        if let maxLength = options.maxLength {
            let added = options.addSpecialTokens ? postProcessor.addedCount(isPair: pair != nil) : 0
            guard maxLength >= added else { throw .limitTooSmall(maxLength: maxLength, specialTokens: added) }
            limit = maxLength - added
        }
        // Of a text that alone is cut, the tokens that would be cut need not be made.
        let cutsFirst = options.truncation == .onlyFirst || options.truncation == .longestFirst && pair == nil
        try tokenize(text, limit: cutsFirst ? options.maxLength : nil, side: options.truncationSide, workspace)
        var first = workspace.tokens
        var second: TokenList?
        if let pair {
            let cutsSecond = options.truncation == .onlySecond
            try tokenize(pair, limit: cutsSecond ? options.maxLength : nil, side: options.truncationSide, workspace)
            second = workspace.tokens
        }
        if let limit { try Self.truncate(&first, &second, to: limit, options) }
        return postProcessor.join(first, second, addSpecialTokens: options.addSpecialTokens, names: names)
    }

    /// Fills the workspace's tokens with those of a text, all of them or a few more than `limit`.
    private func tokenize(
        _ text: String, limit: Int?, side: TokenizerOptions.Side, _ workspace: Workspace
    ) throws(TokenizerError) {
        var original = text
        let byteCount = original.utf8.count
        guard byteCount < Int(Int32.max) else { throw .textTooLong(byteCount: byteCount) }
        workspace.begin()
        original.withUTF8 { split($0, workspace) }
        if names.added.hasNormalized { splitNormalized(workspace) }
        for preTokenizer in preTokenizers {
            preTokenizer.split(&workspace.text, &workspace.spareText, &workspace.pieces)
        }
        // Tokens and scratch are taken out of the workspace: local variables are faster to change.
        var tokens = TokenList()
        swap(&tokens, &workspace.tokens)
        let (names, text) = (self.names, workspace.text)
        switch model {
        case .wordPiece(let model):
            Self.tokenize(workspace.pieces, limit: limit, side: side, into: &tokens) { piece, tokens in
                if piece.isText {
                    model.encode(text, piece, into: &tokens)
                } else {
                    names.append(piece, of: text, to: &tokens)
                }
            }
        case .bpe(let model):
            var scratch = workspace.takeBPE()
            Self.tokenize(workspace.pieces, limit: limit, side: side, into: &tokens) { piece, tokens in
                if piece.isText {
                    model.encode(text, piece, &scratch, into: &tokens)
                } else {
                    names.append(piece, of: text, to: &tokens)
                }
            }
            workspace.bpe = scratch
        }
        swap(&tokens, &workspace.tokens)
    }

    /// Finds the added tokens of the text as it is, and normalises what lies between.
    private func split(_ bytes: UnsafeBufferPointer<UInt8>, _ workspace: Workspace) {
        guard let base = bytes.baseAddress else { return }
        var counted = 0
        var character: Int32 = 0
        names.added.split(base, from: 0, to: bytes.count, normalized: false) { start, end, token in
            // Parts follow each other, or go back where tokens share white space.
            if start < counted {
                character -= Int32(ValidUTF8.scalarCount(base + start, count: counted - start))
            }
            let part = UnsafeBufferPointer(start: base + start, count: end - start)
            let first = workspace.text.count
            if let token {
                character = workspace.text.append(original: part, origin: character)
                workspace.pieces.append(TextPiece(start: first, end: workspace.text.count, token: token.id))
            } else {
                character = normalizer.normalize(
                    part, origin: character, scratch: &workspace.scalars, into: workspace.text)
                if workspace.text.count > first {
                    workspace.pieces.append(TextPiece(start: first, end: workspace.text.count))
                }
            }
            counted = end
        }
    }

    /// Finds the added tokens that are looked for in normalised text.
    private func splitNormalized(_ workspace: Workspace) {
        var parts: [TextPiece] = []
        for piece in workspace.pieces {
            guard piece.isText else {
                parts.append(piece)
                continue
            }
            names.added.split(workspace.text.bytes, from: piece.start, to: piece.end, normalized: true) {
                parts.append(TextPiece(start: $0, end: $1, token: $2?.id ?? -1))
            }
        }
        workspace.pieces = parts
    }

    /// Makes tokens of the pieces; stops behind the piece that reaches `limit`.
    @inline(__always)
    private static func tokenize(
        _ pieces: [TextPiece], limit: Int?, side: TokenizerOptions.Side, into tokens: inout TokenList,
        _ append: (TextPiece, inout TokenList) -> Void
    ) {
        // From the left all pieces are made into tokens, and the first ones dropped again.
        let stop = side == .right ? limit ?? .max : .max
        for piece in pieces where piece.start < piece.end {
            append(piece, &tokens)
            if tokens.count >= stop, piece.isText { return }
        }
        if side == .left, let limit { tokens.keep(max(0, tokens.count - limit)..<tokens.count) }
    }

    // MARK: Truncation

    private static func truncate(
        _ first: inout TokenList, _ second: inout TokenList?, to limit: Int, _ options: TokenizerOptions
    ) throws(TokenizerError) {
        let (count, otherCount) = (first.count, second?.count ?? 0)
        let excess = count + otherCount - limit
        if excess <= 0 { return }
        if limit == 0 {
            first.keep(0..<0)
            second?.keep(0..<0)
            return
        }
        switch options.truncation {
        case .longestFirst where second != nil:
            var (short, long) = (min(count, otherCount), max(count, otherCount))
            long = short > limit ? short : max(short, limit - short)
            if short + long > limit {
                short = limit / 2
                long = limit - short
            }
            let isSwapped = count > otherCount
            first.cut(to: isSwapped ? long : short, options.truncationSide)
            second?.cut(to: isSwapped ? short : long, options.truncationSide)
        case .longestFirst: first.cut(to: limit, options.truncationSide)
        case .onlyFirst, .onlySecond:
            let isFirst = options.truncation == .onlyFirst
            if !isFirst, second == nil { throw .noSecondText }
            let kept = (isFirst ? count : otherCount) - excess
            guard kept > 0 else {
                throw .cannotTruncate(maxLength: options.maxLength ?? limit, truncation: options.truncation)
            }
            if isFirst {
                first.cut(to: kept, options.truncationSide)
            } else {
                second?.cut(to: kept, options.truncationSide)
            }
        }
    }
}

extension TokenList {
    /// Keeps `length` tokens of the end that is not cut.
    fileprivate mutating func cut(to length: Int, _ side: TokenizerOptions.Side) {
        guard length < count else { return }
        keep(side == .right ? 0..<length : (count - length)..<count)
    }
}
