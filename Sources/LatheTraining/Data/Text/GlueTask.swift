/// The tasks of the GLUE benchmark, with the columns and labels of their files.
///
/// Labels have the order of the `datasets` library's `glue`, which DeepSpeed's examples and most fine-tuned checkpoints
/// use. Source: A. Wang et al., "GLUE: a multi-task benchmark and analysis platform", 2018.
public enum GlueTask: String, CaseIterable, Sendable {
    /// Is the sentence acceptable English? (Corpus of Linguistic Acceptability)
    case cola
    /// Is the review positive? (Stanford Sentiment Treebank)
    case sst2
    /// Do both sentences say the same? (Microsoft Research Paraphrase Corpus)
    case mrpc
    /// How similar are the sentences, 0…5? (Semantic Textual Similarity Benchmark)
    case stsb
    /// Do both questions ask the same? (Quora Question Pairs)
    case qqp
    /// Does the second sentence follow from the first? (Multi-Genre Natural Language Inference)
    case mnli
    /// Does the sentence answer the question? (made from SQuAD)
    case qnli
    /// Does the second sentence follow from the first? (Recognizing Textual Entailment)
    case rte
    /// Is the pronoun replaced by the right noun? (made from the Winograd Schema Challenge)
    case wnli

    /// The names of the classes, in the order of their indices; empty for regression.
    public var labelNames: [String] {
        switch self {
        case .cola: ["unacceptable", "acceptable"]
        case .sst2: ["negative", "positive"]
        case .mrpc: ["not_equivalent", "equivalent"]
        case .stsb: []
        case .qqp: ["not_duplicate", "duplicate"]
        case .mnli: ["entailment", "neutral", "contradiction"]
        case .qnli, .rte: ["entailment", "not_entailment"]
        case .wnli: ["not_entailment", "entailment"]
        }
    }

    /// The width of the model's output: the number of classes, or 1 for regression.
    public var labelCount: Int { isRegression ? 1 : labelNames.count }

    /// Whether the label is a number (STS-B).
    public var isRegression: Bool { self == .stsb }

    /// Whether an example is a pair of texts.
    public var hasPairs: Bool { !schema.pair.isEmpty }

    /// The columns as GLUE's files call them, then as the `datasets` library does when it writes CSV or JSON lines.
    package var schema: TextSchema {
        let kind: TextSchema.LabelKind = isRegression ? .score(0...5) : .classes(labelNames)
        return switch self {
        case .cola, .sst2: TextSchema(text: "sentence", label: "label", labelKind: kind)
        case .mrpc:
            TextSchema(
                text: ["#1 String", "sentence1"], pair: ["#2 String", "sentence2"], label: ["Quality", "label"],
                labelKind: kind)
        case .stsb:
            TextSchema(text: ["sentence1"], pair: ["sentence2"], label: ["score", "label"], labelKind: kind)
        case .qqp:
            TextSchema(text: ["question1"], pair: ["question2"], label: ["is_duplicate", "label"], labelKind: kind)
        case .mnli:
            TextSchema(
                text: ["sentence1", "premise"], pair: ["sentence2", "hypothesis"], label: ["gold_label", "label"],
                labelKind: kind)
        case .qnli: TextSchema(text: "question", pair: "sentence", label: "label", labelKind: kind)
        case .rte, .wnli: TextSchema(text: "sentence1", pair: "sentence2", label: "label", labelKind: kind)
        }
    }

    /// The directory that GLUE's download gives the task.
    public var directoryName: String {
        switch self {
        case .cola: "CoLA"
        case .sst2: "SST-2"
        case .mrpc: "MRPC"
        case .stsb: "STS-B"
        case .qqp: "QQP"
        case .mnli: "MNLI"
        case .qnli: "QNLI"
        case .rte: "RTE"
        case .wnli: "WNLI"
        }
    }

    /// The parts of a GLUE task.
    package enum Part: String, CaseIterable, Sendable {
        /// The examples to learn from.
        case train
        /// The examples to measure with.
        case dev
        /// The examples without labels.
        case test
    }

    /// The files of one part in the task's directory. MNLI's dev and test come in two, matched first.
    package func fileNames(_ part: Part) -> [String] {
        self == .mnli && part != .train
            ? ["\(part.rawValue)_matched.tsv", "\(part.rawValue)_mismatched.tsv"] : ["\(part.rawValue).tsv"]
    }

    /// What is special about the task's TSV files.
    var quirks: TableQuirks {
        switch self {
        case .cola: TableQuirks(headerless: ["source", "label", "mark", "sentence"], headerMark: "sentence")
        case .qqp: TableQuirks(skipsBrokenRows: true)
        case .mnli: TableQuirks(skippedLabel: "-")
        default: TableQuirks()
        }
    }
}

/// What sets a file apart from a table with a header and equal rows.
struct TableQuirks: Sendable {
    /// The columns of a file without header.
    var headerless: [String] = []
    /// The name by which a header is told from a first row of data, where `headerless` is not empty.
    var headerMark: String?
    /// Whether rows with too few or too many columns are left out (QQP has questions with line breaks in them).
    var skipsBrokenRows = false
    /// A label that says the annotators did not agree; such rows are left out.
    var skippedLabel: String?
}
