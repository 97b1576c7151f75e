/// The columns of a user's own table, as the user names them. What is not named is chosen by the names in the file (see
/// `ColumnChoice`).
public struct TextColumns: Sendable, Hashable {
    /// The column with the text, or the first text of a pair.
    public var text: String?
    /// The column with the second text of a pair.
    public var pair: String?
    /// The column with the label; of a multi-label task, several columns with 0 or 1 in each, or one column with lists
    /// of labels.
    public var labels: [String] = []
    /// What stands between the labels of a list in TSV and CSV files; `nil` for the first of `|`, `;` and `,` that
    /// occurs.
    public var separator: Character?
    /// Whether the first row of a TSV or CSV file holds the names of the columns. Without such a row they are called
    /// `1`, `2`, ….
    public var hasHeader = true
    /// Whether these are the columns of an earlier run, which a file of other columns does not need to have.
    package var areRecorded = false

    public init(text: String? = nil, pair: String? = nil, labels: [String] = []) {
        (self.text, self.pair, self.labels) = (text, pair, labels)
    }
}
