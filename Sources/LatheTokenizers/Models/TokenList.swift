/// Tokens as a model gives them, before special ones are put around.
struct TokenList {
    var ids: [Int32] = []
    /// The first character of each token, counted in the original text.
    var starts: [Int32] = []
    /// The end of each token, likewise.
    var ends: [Int32] = []
    /// The text of added tokens that were found with white space around them or in another case.
    var texts: [Int: String] = [:]

    var count: Int { ids.count }

    mutating func removeAll() {
        ids.removeAll(keepingCapacity: true)
        starts.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        if !texts.isEmpty { texts = [:] }
    }

    /// Adds the token that the bytes from `start` to `end`, at least one, became.
    @inline(__always)
    mutating func append(_ id: Int32, _ text: AlignedText, from start: Int, to end: Int) {
        ids.append(id)
        starts.append(text.origins[start])
        ends.append(text.origins[end - 1] + 1)
    }

    /// Keeps `range` only.
    mutating func keep(_ range: Range<Int>) {
        guard range != 0..<count else { return }
        ids = Array(ids[range])
        starts = Array(starts[range])
        ends = Array(ends[range])
        if !texts.isEmpty {
            var kept: [Int: String] = [:]
            for (index, text) in texts where range.contains(index) { kept[index - range.lowerBound] = text }
            texts = kept
        }
    }
}
