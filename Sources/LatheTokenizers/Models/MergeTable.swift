/// The pairs of tokens that byte-pair encoding joins, with their ranks.
final class MergeTable: @unchecked Sendable {
    // Unchecked: it is changed only while it is built, before anyone else sees it.

    private struct Slot {
        var pair: UInt64
        var rank: UInt32
    }

    private static let free = UInt64.max
    static let none = UInt32.max

    private let slots: UnsafeMutablePointer<Slot>
    private let mask: Int
    private let shift: UInt64
    /// Random, so that no file can be made whose pairs all collide.
    private let multiplier = UInt64.random(in: 0...UInt64.max) | 1
    private let joined: [Int32]

    /// Takes pairs in the order of their ranks, with the tokens that they join to. Of two equal pairs the last counts.
    init(_ merges: [(left: Int32, right: Int32, joined: Int32)]) {
        var bits: UInt64 = 4
        while 1 << bits < merges.count * 2 + 1 { bits += 1 }
        mask = 1 << Int(bits) - 1
        shift = 64 - bits
        slots = .allocate(capacity: mask + 1)
        slots.initialize(repeating: Slot(pair: Self.free, rank: Self.none), count: mask + 1)
        joined = merges.map(\.joined)
        for (rank, merge) in merges.enumerated() {
            let index = slot(of: Self.pair(merge.left, merge.right))
            slots[index] = Slot(pair: Self.pair(merge.left, merge.right), rank: UInt32(rank))
        }
    }

    deinit {
        slots.deallocate()
    }

    /// The rank of a pair, lower being joined first, or ``none``.
    @inline(__always)
    func rank(_ left: Int32, _ right: Int32) -> UInt32 {
        slots[slot(of: Self.pair(left, right))].rank
    }

    /// The token that the pair of `rank` joins to.
    @inline(__always)
    func token(forRank rank: UInt32) -> Int32 {
        joined[Int(rank)]
    }

    /// The pairs, those of lower rank first.
    var pairs: [(left: Int32, right: Int32)] {
        let taken = (0...mask).map { slots[$0] }.filter { $0.pair != Self.free }.sorted { $0.rank < $1.rank }
        return taken.map { (Int32(truncatingIfNeeded: $0.pair >> 32), Int32(truncatingIfNeeded: $0.pair)) }
    }

    @inline(__always)
    private static func pair(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    @inline(__always)
    private func slot(of pair: UInt64) -> Int {
        var index = Int(truncatingIfNeeded: (pair &* multiplier) >> shift)
        while slots[index].pair != pair, slots[index].pair != Self.free { index = (index + 1) & mask }
        return index
    }
}
