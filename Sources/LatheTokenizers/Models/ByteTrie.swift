/// A tree over byte strings: the longest one at a place is found in one walk.
///
/// Nodes are numbers, 0 is the root. All edges lie in one hash table.
final class ByteTrie: @unchecked Sendable {
    // Unchecked: it is changed only while it is built, before anyone else sees it.

    static let root: UInt32 = 0
    /// Edges carry their node in 24 bits.
    private static let nodeLimit = 1 << 24

    /// An edge has node and byte in the upper half and the child in the lower one; 0 is a free slot.
    private var slots: UnsafeMutablePointer<UInt64>
    private var mask: Int
    private var shift: UInt64
    private var values: [Int32] = [-1]
    /// Random, so that no file can be made whose edges all collide.
    private let multiplier = UInt64.random(in: 0...UInt64.max) | 1

    init() {
        slots = .allocate(capacity: 256)
        slots.initialize(repeating: 0, count: 256)
        mask = 255
        shift = 64 - 8
    }

    deinit {
        slots.deallocate()
    }

    /// Gives the string `bytes` a value of at least 0, or returns false when there are too many nodes.
    func insert(_ bytes: some Sequence<UInt8>, value: Int32) -> Bool {
        var node = Self.root
        for byte in bytes {
            if let next = child(of: node, byte) {
                node = next
                continue
            }
            guard values.count < Self.nodeLimit else { return false }
            let next = UInt32(values.count)
            values.append(-1)
            if values.count * 2 > mask { grow() }
            place(UInt64(node << 8 | UInt32(byte)) << 32 | UInt64(next))
            node = next
        }
        values[Int(node)] = value
        return true
    }

    /// The node that `byte` leads to.
    @inline(__always)
    func child(of node: UInt32, _ byte: UInt8) -> UInt32? {
        let key = UInt64(node << 8 | UInt32(byte))
        var index = Int(truncatingIfNeeded: (key &* multiplier) >> shift)
        while true {
            let slot = slots[index]
            if slot == 0 { return nil }
            if slot >> 32 == key { return UInt32(truncatingIfNeeded: slot) }
            index = (index + 1) & mask
        }
    }

    /// The value of the string that ends at `node`, or -1.
    @inline(__always)
    func value(at node: UInt32) -> Int32 {
        values[Int(node)]
    }

    /// The node that `bytes` lead to from the root.
    func node(for bytes: some Sequence<UInt8>) -> UInt32? {
        var node = Self.root
        for byte in bytes {
            guard let next = child(of: node, byte) else { return nil }
            node = next
        }
        return node
    }

    /// The value of `bytes`, or -1.
    func value(of bytes: some Sequence<UInt8>) -> Int32 {
        node(for: bytes).map(value(at:)) ?? -1
    }

    /// The longest string with a value that begins at `start` and ends at `end` or before.
    @inline(__always)
    func longestMatch(
        _ bytes: UnsafePointer<UInt8>, from start: Int, to end: Int, node first: UInt32 = ByteTrie.root
    ) -> (value: Int32, end: Int)? {
        var node = first
        var best: (value: Int32, end: Int)?
        var position = start
        while position < end, let next = child(of: node, bytes[position]) {
            node = next
            position += 1
            let value = value(at: node)
            if value >= 0 { best = (value, position) }
        }
        return best
    }

    private func place(_ slot: UInt64) {
        var index = Int(truncatingIfNeeded: ((slot >> 32) &* multiplier) >> shift)
        while slots[index] != 0 { index = (index + 1) & mask }
        slots[index] = slot
    }

    private func grow() {
        let (old, oldCount) = (slots, mask + 1)
        mask = 2 * oldCount - 1
        shift -= 1
        slots = .allocate(capacity: 2 * oldCount)
        slots.initialize(repeating: 0, count: 2 * oldCount)
        for index in 0..<oldCount where old[index] != 0 { place(old[index]) }
        old.deallocate()
    }
}
