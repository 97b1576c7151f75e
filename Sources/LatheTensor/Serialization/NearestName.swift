/// Finds what a misspelt name may mean.
public enum NearestName {
    /// The candidate that one of `names` is most likely a misspelling of: equal but for case, or few letters away, that is not more than a third of the
    /// longer name's and at most `limit`. Nil when there is none.
    public static func of(_ names: [String], in candidates: [String], limit: Int = 8) -> String? {
        var best: (name: String, distance: Int)?
        for candidate in candidates where candidate.utf8.count <= 200 {
            let other = Array(candidate.lowercased().utf8)
            for name in names {
                let wanted = Array(name.lowercased().utf8)
                let most = min(limit, max(wanted.count, other.count) / 3)
                guard abs(wanted.count - other.count) <= most else { continue }
                let distance = distance(wanted, other)
                if distance <= most, distance < best?.distance ?? .max { best = (candidate, distance) }
            }
        }
        return best?.name
    }

    /// The fewest insertions, removals and replacements that make one from the other (Levenshtein).
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (index, byte) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for (place, other) in right.enumerated() {
                let above = row[place + 1]
                row[place + 1] = min(min(above, row[place]) + 1, diagonal + (byte == other ? 0 : 1))
                diagonal = above
            }
        }
        return row[right.count]
    }
}
