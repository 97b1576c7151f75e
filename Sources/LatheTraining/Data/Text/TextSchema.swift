/// Which columns of a table hold texts and label, and how to read the label.
///
/// ```swift
/// let schema = TextSchema(text: "review", label: "stars")
/// let train = try DatasetFile.load("train.csv", schema: schema)
/// ```
package struct TextSchema: Equatable, Sendable {
    /// How to read the label column.
    package enum LabelKind: Equatable, Sendable {
        /// Classes with these names; the label is a name, or a place in this list as a number.
        ///
        /// An empty list takes the names from the file: all that occur, in the order of numbers where all are whole
        /// numbers and in byte order otherwise. Pass the `DatasetFile.labelNames` of the training set for the others.
        case classes([String])
        /// A number, which must lie in the range if there is one.
        case score(ClosedRange<Float>?)
        /// Any number of labels with these names, in a list: an array in JSON, elsewhere names with `separator`
        /// between. An empty list of names takes them from the file, as for classes; `nil` takes the first of `|`, `;`
        /// and `,` that occurs as the separator.
        case labelSets([String], separator: Character?)
    }

    /// The names that the column of the (first) text may have; the first that the file has is taken.
    package var text: [String]
    /// The same for the second text; empty where there is none.
    package var pair: [String]
    /// The same for the label; empty where there is none.
    package var label: [String]
    /// Columns that hold 0 or 1 for the label that they are named after, in place of one label column.
    package var flags: [String] = []
    /// How to read the label column.
    package var labelKind: LabelKind

    /// Names one column each.
    package init(
        text: String, pair: String? = nil, label: String? = nil, labelKind: LabelKind = .classes([])
    ) {
        self.init(
            text: [text], pair: pair.map { [$0] } ?? [], label: label.map { [$0] } ?? [], labelKind: labelKind)
    }

    /// Names columns with alternatives.
    /// - Precondition: `text` is not empty.
    package init(text: [String], pair: [String], label: [String], labelKind: LabelKind) {
        precondition(!text.isEmpty, "a schema needs a column for the text")
        self.text = text
        self.pair = pair
        self.label = label
        self.labelKind = labelKind
    }
}

/// Whether examples must have labels.
package enum LabelRequirement: Sendable {
    /// A file without label column, `null` in JSON and the class -1 are taken as they are: for predictions.
    case ifPresent
    /// A missing label is an error: for training and evaluation.
    case required
}
