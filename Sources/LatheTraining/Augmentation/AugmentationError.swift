import LatheFiles

/// Why a file cannot be augmented.
package enum AugmentationError: CurableError, Equatable, Sendable {
    /// A file that is no table in GLUE's layout.
    case notTSV(path: String)
    /// A network that does not read texts as BERT does.
    case noEncoder(directory: String, architecture: String)
    /// A model that guesses masked words, with a tokenizer that cannot mask any.
    case noMask(directory: String)
    /// A vocabulary without a single whole word.
    case noWords(directory: String)
    /// A file that would replace the one it is made of.
    case sameFile(path: String)

    package var description: String {
        switch self {
        case .notTSV(let path): "\(path): augmented files are GLUE's TSV, so the data must be a .tsv file; convert it"
        case .noEncoder(let directory, let architecture):
            "\(directory): words are replaced by an encoder (BERT, RoBERTa, DistilBERT), and this is a \(architecture); name another model"
        case .noMask(let directory):
            "\(directory): the tokenizer has no mask token; name a directory with the tokenizer that belongs to the model"
        case .noWords(let directory): "\(directory): the vocabulary has no whole words to put in; name another model"
        case .sameFile(let path): "\(path): is the data itself; name another file to write"
        }
    }

    package var cures: [Cure] { if case .sameFile = self { [.otherOutput] } else { [] } }
}
