/// A remedy for an error, as data: each program shows it as one of its own options or commands.
public enum Cure: Hashable, Sendable {
    // The output.

    /// Naming another output directory or file.
    case otherOutput
    /// Replacing what is in the output directory.
    case replaceOutput
    /// Resuming the run in the output directory.
    case resume

    // Data.

    /// Naming files to learn from.
    case trainingFiles
    /// Naming files to measure with during training.
    case measuringFiles
    /// Naming files to measure a model with.
    case evaluationFiles
    /// Naming the directory of a tokenizer.
    case tokenizer
    /// Naming the columns with texts and labels.
    case columns
    /// Naming the column with labels.
    case labelColumn
    /// Reading a table whose first row is an example.
    case noHeader
    /// Naming the character between the labels of a list.
    case labelSeparator
    /// Writing a file of tokens with the tokenizer in a directory; `nil` for any tokenizer.
    case tokenize(directory: String?)

    // The model and its training.

    /// A compressed model whose weights are stored as floats.
    case unpackedModel
    /// Quantising the model first.
    case quantize
    /// Training the model while it is compressed.
    case compress
    /// Leaving out the teacher.
    case noTeacher
    /// Learning from labels alone.
    case labelsAlone
    /// Comparing no attention scores.
    case noAttentionLoss
    /// Texts of at most this many tokens.
    case maximumLength(Int)
    /// Compressing without layer-by-layer distillation.
    case noLayerDistillation

    // Results.

    /// Storing floats in 16 bits.
    case smallerFloats
    /// Measuring the sensitivity of the layers anew.
    case measureSensitivity
    /// Exporting floats.
    case floatExport
    /// Exporting 8-bit integers with ranges that are measured on each input.
    case dynamicExport
}

/// An error that a program can suggest remedies for.
public protocol CurableError: DescribedError {
    /// The remedies that `CustomStringConvertible.description` mentions, the likeliest first.
    var cures: [Cure] { get }
}
