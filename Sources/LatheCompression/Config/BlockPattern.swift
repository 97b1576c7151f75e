/// Which weights `snip_momentum` prunes together.
///
/// ```swift
/// BlockPattern("4x1")     // four outputs of one input share a score
/// BlockPattern("2:4")     // two of every four inputs of an output go
/// ```
public enum BlockPattern: Sendable, Hashable, CustomStringConvertible {
    /// Blocks of `rows` outputs by `columns` inputs; nil spans the whole axis (`channel`), of one axis at most.
    case blocks(rows: Int?, columns: Int?)
    /// Of every `of` inputs in a row, `pruned` go.
    case among(pruned: Int, of: Int)

    /// Reads `NxM`, `channelxM`, `Nxchannel` or `N:M` with N ≤ M; nil for anything else.
    public init?(_ text: String) {
        if let parts = Self.split(text, ":"), let pruned = Self.count(parts.0), let count = Self.count(parts.1),
            pruned <= count
        {
            self = .among(pruned: pruned, of: count)
        } else if let parts = Self.split(text, "x") {
            let rows = Self.count(parts.0), columns = Self.count(parts.1)
            guard rows != nil || parts.0 == Self.wholeAxis, columns != nil || parts.1 == Self.wholeAxis,
                rows != nil || columns != nil
            else { return nil }
            self = .blocks(rows: rows, columns: columns)
        } else {
            return nil
        }
    }

    private static let wholeAxis = "channel"

    private static func split(_ text: String, _ separator: Character) -> (Substring, Substring)? {
        let parts = text.split(separator: separator, omittingEmptySubsequences: false)
        return parts.count == 2 ? (parts[0], parts[1]) : nil
    }

    /// A number of weights, without sign or leading zero.
    private static func count(_ text: Substring) -> Int? {
        guard let count = Int(text), (1...1_000_000).contains(count), String(count) == text else { return nil }
        return count
    }

    /// As a config writes it.
    public var description: String {
        switch self {
        case .blocks(let rows, let columns):
            "\(rows.map(String.init) ?? Self.wholeAxis)x\(columns.map(String.init) ?? Self.wholeAxis)"
        case .among(let pruned, let count): "\(pruned):\(count)"
        }
    }
}
