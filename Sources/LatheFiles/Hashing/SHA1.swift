/// SHA-1 without its padding (FIPS 180-4, section 6.1); git's name for a file's content, which the hub gives for small
/// files.
///
/// It finds damage. It is no protection against somebody who wants a collision.
struct SHA1: BlockHash {
    private var state: (UInt32, UInt32, UInt32, UInt32, UInt32) = (
        0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0
    )

    init() {}

    var words: [UInt32] {
        [state.0, state.1, state.2, state.3, state.4]
    }

    mutating func absorb(_ blocks: UnsafeRawBufferPointer) {
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 80) { schedule in
            for block in stride(from: 0, to: blocks.count, by: 64) {
                for index in 0..<16 { schedule[index] = blocks.bigEndianWord(at: block &+ 4 &* index) }
                for index in 16..<80 {
                    let mixed =
                        schedule[index &- 3] ^ schedule[index &- 8] ^ schedule[index &- 14] ^ schedule[index &- 16]
                    schedule[index] = mixed.rotatedLeft(1)
                }
                compress(schedule)
            }
        }
    }

    private mutating func compress(_ schedule: UnsafeMutableBufferPointer<UInt32>) {
        var (a, b, c, d, e) = state
        for index in 0..<80 {
            let (mixed, constant): (UInt32, UInt32) =
                switch index {
                case 0..<20: ((b & c) ^ (~b & d), 0x5A82_7999)
                case 20..<40: (b ^ c ^ d, 0x6ED9_EBA1)
                case 40..<60: ((b & c) ^ (b & d) ^ (c & d), 0x8F1B_BCDC)
                default: (b ^ c ^ d, 0xCA62_C1D6)
                }
            let next = a.rotatedLeft(5) &+ mixed &+ e &+ constant &+ schedule[index]
            (a, b, c, d, e) = (next, a, b.rotatedLeft(30), c, d)
        }
        state = (state.0 &+ a, state.1 &+ b, state.2 &+ c, state.3 &+ d, state.4 &+ e)
    }
}
