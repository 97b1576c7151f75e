/// A table in plain text. Columns of numbers are right-aligned.
struct TextTable {
    enum Alignment { case left, right }

    private let alignments: [Alignment]
    private var lines: [[String]]

    /// A table with these column titles; the first column is left-aligned unless told otherwise.
    init(_ titles: [String], leftColumns: Int = 1) {
        alignments = titles.indices.map { $0 < leftColumns ? .left : .right }
        lines = [titles]
    }

    /// Adds a row with one cell a column.
    mutating func add(_ cells: [String]) {
        precondition(cells.count == alignments.count, "\(cells.count) cells for \(alignments.count) columns")
        lines.append(cells)
    }

    /// The table, a line under the titles, without a final line break.
    var text: String {
        let widths = alignments.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        var rendered = lines.map { render($0, widths) }
        rendered.insert(String(repeating: "-", count: widths.reduce(0, +) + 2 * (widths.count - 1)), at: 1)
        return rendered.joined(separator: "\n")
    }

    private func render(_ cells: [String], _ widths: [Int]) -> String {
        let padded = cells.indices.map { column in
            let padding = String(repeating: " ", count: widths[column] - cells[column].count)
            return alignments[column] == .left ? cells[column] + padding : padding + cells[column]
        }
        var line = padded.joined(separator: "  ")
        while line.last == " " { line.removeLast() }
        return line
    }
}
