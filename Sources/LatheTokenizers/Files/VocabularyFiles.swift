import LatheFiles

/// Reads tokenizers from the files that came before `tokenizer.json`.
enum VocabularyFiles {
    /// BERT's `vocab.txt`: a token a line, its id the line's number from 0.
    static func wordPiece(_ file: MappedFile, _ settings: TokenizerSettings) throws(TokenizerError) -> TokenizerParts {
        let reader = TokenizerFileReader(file: file.path)
        let entries = reader.lines(file).enumerated().map { index, line in
            (token: trimmedAtEnd(line), id: Int32(clamping: index))
        }
        let modelReader = TokenizerModelReader(reader: reader)
        let vocabulary = modelReader.vocabulary(entries, "the vocabulary")
        try reader.check()
        guard let vocabulary else { throw .noTokenizer(directory: file.path) }

        let exists = { (token: String) in vocabulary.id(of: token) != nil }
        let unknown = settings.token(.unknown, exists) ?? "[UNK]"
        let model = modelReader.wordPiece(vocabulary, unknown: unknown, "the vocabulary")
        let special = { (role: TokenizerSettings.Role, usual: String) -> (id: Int32, text: String) in
            let text = settings.token(role, exists) ?? usual
            if let id = vocabulary.id(of: text) { return (id, text) }
            reader.report("the vocabulary", .unknownToken(text))
            return (0, text)
        }
        let start = special(.classifier, "[CLS]")
        let separator = special(.separator, "[SEP]")
        try reader.check()
        guard let model else { throw .noTokenizer(directory: file.path) }

        var parts = TokenizerParts(model: model)
        parts.normalizers = [
            .bert(
                BertNormalizer(
                    separatesChinese: settings.separatesChinese,
                    stripsAccents: settings.stripsAccents ?? settings.lowercases, lowercases: settings.lowercases))
        ]
        parts.preTokenizers = [.bert]
        parts.postProcessor = .bert(start: start, separator: separator)
        parts.decoder = .wordPiece(prefix: "##", cleansUp: true)
        let roles: [TokenizerSettings.Role] = [.padding, .unknown, .classifier, .separator, .mask]
        parts.addTokens(roles.compactMap { settings.addedToken($0, exists) })
        return parts
    }

    /// GPT-2's and RoBERTa's `vocab.json` and `merges.txt`.
    static func byteLevel(
        vocabulary file: MappedFile, merges: MappedFile, _ settings: TokenizerSettings
    ) throws(TokenizerError) -> TokenizerParts {
        let reader = TokenizerFileReader(file: file.path)
        let vocabulary = TokenizerModelReader(reader: reader).vocabulary(
            try TokenizerFileReader.json(file), "the vocabulary")
        try reader.check()
        guard let vocabulary else { throw .noTokenizer(directory: file.path) }

        let mergeReader = TokenizerFileReader(file: merges.path)
        let modelReader = TokenizerModelReader(reader: mergeReader)
        var pairs: [(key: String, left: String, right: String)] = []
        for (index, line) in mergeReader.lines(merges).enumerated() {
            if line.isEmpty || line.utf8.starts(with: "#version".utf8) { continue }
            if let pair = modelReader.pair(line, "line \(index + 1)") { pairs.append(pair) }
        }
        let exists = { (token: String) in vocabulary.id(of: token) != nil }
        let model = modelReader.bpe(vocabulary, pairs)
        try mergeReader.check()

        var parts = TokenizerParts(model: model)
        parts.preTokenizers = [.byteLevel(ByteLevel(addsPrefixSpace: settings.addsPrefixSpace))]
        parts.decoder = .byteLevel
        if let (start, separator) = robertaTokens(vocabulary, settings) {
            parts.postProcessor = .roberta(start: start, separator: separator)
            parts.postProcessor.trims = [settings.addsPrefixSpace]
        }
        let roles: [TokenizerSettings.Role] = [
            .beginning, .padding, .end, .unknown, .classifier, .separator, .mask,
        ]
        parts.addTokens(roles.compactMap { settings.addedToken($0, exists) })
        return parts
    }

    /// The tokens that RoBERTa puts around texts, or nil for GPT-2 and its kin, which puts none.
    private static func robertaTokens(
        _ vocabulary: Vocabulary, _ settings: TokenizerSettings
    ) -> (start: (id: Int32, text: String), separator: (id: Int32, text: String))? {
        let exists = { (token: String) in vocabulary.id(of: token) != nil }
        let name = settings.className ?? ""
        let isRoberta = name.hasPrefix("Roberta") || !name.hasPrefix("GPT2") && exists("<mask>")
        guard isRoberta, let start = settings.token(.classifier, exists),
            let separator = settings.token(.separator, exists), let startID = vocabulary.id(of: start),
            let separatorID = vocabulary.id(of: separator)
        else { return nil }
        return ((startID, start), (separatorID, separator))
    }

    private static func trimmedAtEnd(_ line: String) -> String {
        let scalars = line.unicodeScalars
        guard let last = scalars.last, UnicodeData.shared.flags(of: last.value).contains(.whitespace) else {
            return line
        }
        let kept = scalars.reversed().drop { UnicodeData.shared.flags(of: $0.value).contains(.whitespace) }
        return String(String.UnicodeScalarView(kept.reversed()))
    }
}
