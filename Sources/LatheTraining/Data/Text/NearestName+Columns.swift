import LatheFiles

extension NearestName {
    /// The column that `wanted` is most likely a misspelling of. The columns that `schema` finds under their right
    /// names are not meant.
    static func of(_ wanted: [String], in present: [String], except schema: TextSchema) -> String? {
        let taken = Set(schema.text + schema.pair + schema.label + schema.flags)
        return of(wanted, in: present.filter { !taken.contains($0) }, limit: 2)
    }
}
