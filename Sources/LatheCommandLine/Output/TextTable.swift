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

    /// The table, a line under the titles, without a final line break. On a terminal titles are bold, and names are
    /// shortened where lines would not fit; where that is not enough, each row becomes a few lines.
    var text: String {
        let console = Console.current
        guard let widths = widths(within: console.outputWidth) else { return stacked(within: console.outputWidth ?? 0) }
        var rendered = lines.map { cells in
            render(cells.indices.map { Self.shortened(cells[$0], to: widths[$0], keepsEnd: $0 == 0) }, widths)
        }
        rendered[0] = console.styled(rendered[0], .bold)
        rendered.insert(console.styled(String(repeating: "-", count: Self.total(widths)), .dim), at: 1)
        return rendered.joined(separator: "\n")
    }

    /// No column is cut to less.
    private static let narrowest = 12

    private static func total(_ widths: [Int]) -> Int { widths.reduce(0, +) + 2 * (widths.count - 1) }

    /// The widths of columns. Where a line is longer than `limit`, the widest left-aligned columns are cut, to half of
    /// their width at most; nil if that is not enough.
    private func widths(within limit: Int?) -> [Int]? {
        let natural = alignments.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        var widths = natural
        while let limit, Self.total(widths) > limit {
            let columns = alignments.indices.filter {
                alignments[$0] == .left && widths[$0] > max(Self.narrowest, (natural[$0] + 1) / 2)
            }
            guard let widest = columns.max(by: { widths[$0] < widths[$1] }) else { return nil }
            widths[widest] -= 1
        }
        return widths
    }

    /// The rows as the first cell that is not empty and, indented below it, `title: value` of the others, as many in a
    /// line as fit.
    private func stacked(within width: Int) -> String {
        lines.dropFirst().map { cells -> String in
            guard let first = cells.indices.first(where: { !cells[$0].isEmpty }) else { return "" }
            let name = Self.shortened(cells[first], to: width, keepsEnd: first == 0),
                indent = String(name.prefix { $0 == " " }) + "  "
            var block: [String] = []
            for value in titled(cells, after: first) {
                if let last = block.last, last.count + 2 + value.count <= width {
                    block[block.count - 1] += "  " + value
                } else {
                    block.append(indent + value)
                }
            }
            return ([Console.current.styled(name, .bold)] + block).joined(separator: "\n")
        }.joined(separator: "\n")
    }

    /// `title: value` of the columns behind `first` that have a value. One without a title belongs to the column before
    /// it.
    private func titled(_ cells: [String], after first: Int) -> [String] {
        var values: [String] = []
        for column in cells.indices where column > first && !cells[column].isEmpty {
            let title = lines[0][column]
            if title.isEmpty, let last = values.popLast() {
                values.append(last + " " + cells[column])
            } else {
                values.append(title.isEmpty ? cells[column] : title + ": " + cells[column])
            }
        }
        return values
    }

    /// `cell` without its beginning, which paths have in common, or its end.
    private static func shortened(_ cell: String, to width: Int, keepsEnd: Bool) -> String {
        if cell.count <= width { return cell }
        return keepsEnd ? "…" + cell.suffix(width - 1) : cell.prefix(width - 1) + "…"
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
