import LatheTokenizers

private let tokenizerTokens =
    jsonTokens
    + [
        "\"type\":", "\"Sequence\"", "\"Replace\"", "\"NFKC\"", "\"Lowercase\"", "\"Prepend\"", "\"Split\"",
        "\"ByteLevel\"", "\"TemplateProcessing\"", "\"added_tokens\"",
        "\"special\":true", "\"normalized\":true", "\"lstrip\":true", "\"rstrip\":true", "\"single_word\":true",
        "\"content\":\"\"", "\"vocab\"", "\"merges\"", "##", " ", "\\u0000",
        "Ġ", "[UNK]", "max_input_chars_per_word",
    ].map { Array($0.utf8) }

/// Readers of a tokenizer's files.
func tokenizerReaders(_ resources: Resources) throws -> [FuzzReader] {
    func whole(_ names: String...) throws -> [[FuzzFile]] {
        try names.map { [FuzzFile("tokenizer.json", try resources.bytes("tokenizers/\($0)/tokenizer.json"))] }
    }
    func files(_ folder: String, _ names: [String]) throws -> [FuzzFile] {
        try names.map { FuzzFile($0, try resources.bytes("tokenizers/\(folder)/\($0)")) }
    }
    let special = FuzzFile(
        "special_tokens_map.json",
        #"{"unk_token": "[UNK]", "pad_token": {"content": "[PAD]", "lstrip": false}, "mask_token": null}"#)
    let added =
        #"{"added_tokens_decoder": {"0": {"content": "[PAD]", "special": true}, "400": {"content": "<x>", "lstrip": true}}, "#
        + #""model_max_length": 512, "padding_side": "left", "do_lower_case": false}"#
    let classes = [
        #"{"tokenizer_class": "RobertaTokenizer", "add_prefix_space": true, "cls_token": "<a>", "split_special_tokens": true, "model_input_names": ["input_ids"]}"#,
        #"{"tokenizer_class": "GPT2Tokenizer", "add_bos_token": true, "add_eos_token": true, "bos_token": {"content": "<b>", "lstrip": true}}"#,
    ]
    let wordPiece = try files("vocab-txt", ["vocab.txt", "tokenizer_config.json"])
    let scratch = try Scratch()
    return [
        FuzzReader(
            "tokenizer-json", seeds: try whole("bert-uncased", "added", "roberta", "gpt2", "characters", "nfkc"),
            tokens: tokenizerTokens
        ) { input in
            try encode(try Tokenizer(json: input[0].bytes))
        },
        FuzzReader(
            "tokenizer-files",
            seeds: try [
                wordPiece + [special], [wordPiece[0], FuzzFile("tokenizer_config.json", added)],
                files("vocab-json", ["vocab.json", "merges.txt", "tokenizer_config.json"]),
            ]
                + classes.map {
                    try files("vocab-json", ["vocab.json", "merges.txt"]) + [FuzzFile("tokenizer_config.json", $0)]
                }
                + [
                    [
                        wordPiece[0], FuzzFile("config.json", #"{"model_type": "bert"}"#),
                        FuzzFile("tokenizer_config.json", #"{"cls_token": "<c>", "unk_token": "e"}"#),
                    ]
                ],
            tokens: tokenizerTokens
        ) { input in
            try encode(try Tokenizer(directory: try scratch.fill("tokenizer", input)))
        },
    ]
}

/// Takes a tokenizer through texts and back.
private func encode(_ tokenizer: Tokenizer) throws {
    for text in ["The [MASK] café <mask> World\n", "中文 👍🏽 e\u{301}\u{316} doesn't   x", ""] {
        for length in [nil, 6] {
            guard
                let encoding = try? tokenizer.encode(
                    text, pair: "second text", options: TokenizerOptions(maxLength: length))
            else { continue }
            try BrokenPromise.check(
                encoding.tokens.count == encoding.ids.count,
                "\(encoding.tokens.count) tokens and \(encoding.ids.count) ids")
            try BrokenPromise.check(
                encoding.ids.allSatisfy { $0 >= 0 && $0 < tokenizer.idLimit || $0 < 1 << 30 }, "an id out of range")
            _ = tokenizer.decode(encoding.ids)
        }
    }
}
