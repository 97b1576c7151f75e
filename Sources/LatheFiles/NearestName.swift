/// Finds what a misspelt name may mean.
package enum NearestName {
    /// The candidate that one of `names` is most likely a misspelling of: equal but for case, or few letters away, that
    /// is not more than a third of the longer name's and at most `limit`. Nil when there is none.
    package static func of(_ names: [String], in candidates: [String], limit: Int = 8) -> String? {
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

    /// The fewest insertions, removals, replacements and swaps of neighbours that make one from the other (optimal
    /// string alignment).
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var earlier: [Int] = [], last = Array(0...right.count)
        for (index, byte) in left.enumerated() {
            var row = [index + 1]
            for (place, other) in right.enumerated() {
                var distance = min(min(last[place + 1], row[place]) + 1, last[place] + (byte == other ? 0 : 1))
                if index > 0, place > 0, byte == right[place - 1], other == left[index - 1] {
                    distance = min(distance, earlier[place - 1] + 1)
                }
                row.append(distance)
            }
            (earlier, last) = (last, row)
        }
        return last[right.count]
    }
}
