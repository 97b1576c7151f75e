/// Finds what a misspelt name may mean.
enum NearestName {
    /// The name that `wanted` is most likely a misspelling of: equal but for case, or at most two letters away and not
    /// more than a third of them. The columns that `schema` finds under their right names are not meant.
    static func of(_ wanted: [String], in present: [String], except schema: TextSchema) -> String? {
        var best: (name: String, distance: Int)?
        let taken = Set(schema.text + schema.pair + schema.label)
        for name in present where name.utf8.count <= 64 && !taken.contains(name) {
            for want in wanted {
                let distance = distance(Array(want.lowercased().utf8), Array(name.lowercased().utf8))
                let limit = min(2, max(want.utf8.count, name.utf8.count) / 3)
                if distance <= limit, distance < best?.distance ?? .max { best = (name, distance) }
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
