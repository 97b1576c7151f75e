/// Byte-pair encoding: a word's characters are joined pair by pair, the pairs of lowest rank first.
struct BPEModel: Sendable {
    let vocabulary: Vocabulary
    let merges: MergeTable
    /// The id of the token for characters without one; without it such characters vanish.
    private let unknown: Int32?
    /// Whether neighbouring unknown characters become one token.
    private let fusesUnknown: Bool
    /// Whether a word that is a token as a whole is taken so, whatever the merges.
    private let ignoresMerges: Bool
    /// The ids of the characters of up to two bytes, -1 where there is none.
    private let characters: [Int32]

    init(vocabulary: Vocabulary, merges: MergeTable, unknown: Int32?, fusesUnknown: Bool, ignoresMerges: Bool) {
        self.vocabulary = vocabulary
        self.merges = merges
        self.unknown = unknown
        self.fusesUnknown = fusesUnknown
        self.ignoresMerges = ignoresMerges
        characters = (UInt32(0)..<0x800).map { value in
            guard let scalar = UnicodeScalar(value) else { return -1 }
            return vocabulary.trie.value(of: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        }
    }

    /// Appends the tokens of a word, which must not be empty.
    func encode(_ text: AlignedText, _ word: TextPiece, _ scratch: inout BPEScratch, into tokens: inout TokenList) {
        let length = word.end - word.start
        let bytes = UnsafePointer(text.bytes) + word.start
        if let entry = scratch.cache.entry(for: bytes, count: length) {
            var position = word.start
            for index in 0..<entry.count {
                let end = position + entry.length(index)
                tokens.append(entry.id(index), text, from: position, to: end)
                position = end
            }
            return
        }
        if ignoresMerges {
            let id = vocabulary.trie.value(of: UnsafeBufferPointer(start: bytes, count: length))
            if id >= 0 {
                tokens.append(id, text, from: word.start, to: word.end)
                return
            }
        }
        makeSymbols(bytes, length, &scratch)
        if scratch.ids.count <= 40 { joinFew(&scratch) } else { joinMany(&scratch) }
        var position = word.start
        for index in scratch.ids.indices {
            let end = position + Int(scratch.lengths[index])
            tokens.append(scratch.ids[index], text, from: position, to: end)
            position = end
        }
        scratch.cache.insert(bytes, count: length, ids: scratch.ids, lengths: scratch.lengths)
    }

    /// Fills `scratch` with the tokens of single characters.
    private func makeSymbols(_ bytes: UnsafePointer<UInt8>, _ count: Int, _ scratch: inout BPEScratch) {
        scratch.ids.removeAll(keepingCapacity: true)
        scratch.lengths.removeAll(keepingCapacity: true)
        var position = 0
        var isAfterUnknown = false
        while position < count {
            let (scalar, length) = ValidUTF8.scalar(bytes, at: position)
            let id =
                scalar < 0x800
                ? characters[Int(scalar)]
                : vocabulary.trie.value(of: UnsafeBufferPointer(start: bytes + position, count: length))
            position += length
            if id >= 0 {
                scratch.ids.append(id)
                scratch.lengths.append(Int32(length))
            } else if let unknown {
                if isAfterUnknown, fusesUnknown, let last = scratch.lengths.indices.last {
                    scratch.lengths[last] += Int32(length)
                } else {
                    scratch.ids.append(unknown)
                    scratch.lengths.append(Int32(length))
                }
            }
            isAfterUnknown = id < 0
        }
    }

    /// Joins by looking through all pairs for the lowest rank, again and again.
    private func joinFew(_ scratch: inout BPEScratch) {
        var count = scratch.ids.count
        guard count > 1 else { return }
        scratch.ranks.removeAll(keepingCapacity: true)
        for index in 1..<count { scratch.ranks.append(merges.rank(scratch.ids[index - 1], scratch.ids[index])) }
        scratch.ids.withUnsafeMutableBufferPointer { ids in
            scratch.lengths.withUnsafeMutableBufferPointer { lengths in
                scratch.ranks.withUnsafeMutableBufferPointer { ranks in
                    while count > 1 {
                        var best = 0
                        for index in 1..<(count - 1) where ranks[index] < ranks[best] { best = index }
                        if ranks[best] == MergeTable.none { break }
                        ids[best] = merges.token(forRank: ranks[best])
                        lengths[best] += lengths[best + 1]
                        for index in (best + 1)..<(count - 1) {
                            ids[index] = ids[index + 1]
                            lengths[index] = lengths[index + 1]
                            ranks[index - 1] = ranks[index]
                        }
                        count -= 1
                        if best > 0 { ranks[best - 1] = merges.rank(ids[best - 1], ids[best]) }
                        if best + 1 < count { ranks[best] = merges.rank(ids[best], ids[best + 1]) }
                    }
                }
            }
        }
        scratch.ids.removeSubrange(count...)
        scratch.lengths.removeSubrange(count...)
    }

    /// Joins with a heap of pairs and a chain of tokens, for words of any length.
    private func joinMany(_ scratch: inout BPEScratch) {
        let count = scratch.ids.count
        // Every heap entry is a rank above a position: the order in which pairs are joined.
        var heap = PairHeap()
        var next = (0..<count).map { Int32($0 + 1) }
        var previous = (0..<count).map { Int32($0 - 1) }
        for index in 1..<count {
            let rank = merges.rank(scratch.ids[index - 1], scratch.ids[index])
            if rank != MergeTable.none { heap.push(UInt64(rank) << 32 | UInt64(index - 1)) }
        }
        while let entry = heap.pop() {
            let position = Int(entry & 0xFFFF_FFFF)
            let rank = UInt32(entry >> 32)
            guard scratch.lengths[position] > 0, Int(next[position]) < count else { continue }
            let right = Int(next[position])
            // The pair may be another one by now.
            guard merges.rank(scratch.ids[position], scratch.ids[right]) == rank else { continue }
            scratch.ids[position] = merges.token(forRank: rank)
            scratch.lengths[position] += scratch.lengths[right]
            scratch.lengths[right] = 0
            next[position] = next[right]
            if Int(next[right]) < count {
                previous[Int(next[right])] = Int32(position)
                let rank = merges.rank(scratch.ids[position], scratch.ids[Int(next[right])])
                if rank != MergeTable.none { heap.push(UInt64(rank) << 32 | UInt64(position)) }
            }
            if previous[position] >= 0 {
                let rank = merges.rank(scratch.ids[Int(previous[position])], scratch.ids[position])
                if rank != MergeTable.none { heap.push(UInt64(rank) << 32 | UInt64(previous[position])) }
            }
        }
        var end = 0
        for index in 0..<count where scratch.lengths[index] > 0 {
            scratch.ids[end] = scratch.ids[index]
            scratch.lengths[end] = scratch.lengths[index]
            end += 1
        }
        scratch.ids.removeSubrange(end...)
        scratch.lengths.removeSubrange(end...)
    }
}

/// A heap whose smallest number comes first.
private struct PairHeap {
    private var entries: [UInt64] = []

    mutating func push(_ entry: UInt64) {
        entries.append(entry)
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            if entries[parent] <= entries[child] { break }
            entries.swapAt(parent, child)
            child = parent
        }
    }

    mutating func pop() -> UInt64? {
        guard let first = entries.first, let last = entries.popLast() else { return nil }
        if entries.isEmpty { return first }
        entries[0] = last
        var parent = 0
        while true {
            var child = 2 * parent + 1
            if child >= entries.count { return first }
            if child + 1 < entries.count, entries[child + 1] < entries[child] { child += 1 }
            if entries[parent] <= entries[child] { return first }
            entries.swapAt(parent, child)
            parent = child
        }
    }
}
