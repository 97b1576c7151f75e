import LatheTraining

extension TextColumns {
    private static let textName = "text_column", pairName = "pair_column", labelName = "label_column",
        separatorName = "label_separator"
    private static let headerName = "header"

    /// The columns as a record of a run keeps them.
    package var recorded: [RunRecord.Option] {
        let names = [(Self.textName, text), (Self.pairName, pair), (Self.separatorName, separator.map(String.init))]
        let options =
            names.compactMap { name, value in value.map { RunRecord.Option(name, $0) } }
            + labels.map { RunRecord.Option(Self.labelName, $0) }
        return options + (hasHeader ? [] : [RunRecord.Option(Self.headerName, "none")])
    }

    /// The columns that the model in `directory` was trained with, as its record tells; nothing is named without a
    /// record.
    public init(learnedBy directory: String) {
        self.init()
        areRecorded = true
        guard let options = (try? RunRecord(path: RunRecord.path(in: directory)))?.options else { return }
        func values(_ name: String) -> [String] { options.filter { $0.name == name }.map(\.value) }
        (text, pair, labels) = (values(Self.textName).first, values(Self.pairName).first, values(Self.labelName))
        (separator, hasHeader) = (values(Self.separatorName).first?.first, values(Self.headerName).isEmpty)
    }
}
