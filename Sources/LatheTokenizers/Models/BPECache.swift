/// What byte-pair encoding needs while it works, for one user at a time.
struct BPEScratch {
    var ids: [Int32] = []
    var lengths: [Int32] = []
    var ranks: [UInt32] = []
    let cache = BPECache()
}

/// The tokens of short words met lately: each word has one place, which another word may take over.
///
/// So its size is fixed: 1.3 MB.
final class BPECache {
    private static let longestWord = 32
    private static let mostTokens = 8
    private static let slotCount = 1 << 14
    // hash 4, word's length 1, number of tokens 1, free 2, word 32, ids 32, their lengths in bytes 8
    private static let stride = 80

    /// The tokens of a word.
    struct Entry {
        fileprivate let slot: UnsafeMutableRawPointer

        var count: Int { Int(slot.load(fromByteOffset: 5, as: UInt8.self)) }

        @inline(__always)
        func id(_ index: Int) -> Int32 {
            slot.load(fromByteOffset: 40 + 4 * index, as: Int32.self)
        }

        @inline(__always)
        func length(_ index: Int) -> Int {
            Int(slot.load(fromByteOffset: 72 + index, as: UInt8.self))
        }
    }

    private let slots: UnsafeMutableRawPointer

    init() {
        slots = .allocate(byteCount: Self.slotCount * Self.stride, alignment: 16)
        slots.initializeMemory(as: UInt8.self, repeating: 0, count: Self.slotCount * Self.stride)
    }

    deinit {
        slots.deallocate()
    }

    func entry(for word: UnsafePointer<UInt8>, count: Int) -> Entry? {
        guard count <= Self.longestWord else { return nil }
        let hash = Self.hash(word, count)
        let slot = slots + Int(hash >> 18) * Self.stride
        guard slot.load(as: UInt32.self) == hash, Int(slot.load(fromByteOffset: 4, as: UInt8.self)) == count else {
            return nil
        }
        let stored = (slot + 8).assumingMemoryBound(to: UInt8.self)
        for index in 0..<count where stored[index] != word[index] { return nil }
        return Entry(slot: slot)
    }

    func insert(_ word: UnsafePointer<UInt8>, count: Int, ids: [Int32], lengths: [Int32]) {
        guard count <= Self.longestWord, ids.count <= Self.mostTokens else { return }
        let hash = Self.hash(word, count)
        let slot = slots + Int(hash >> 18) * Self.stride
        slot.storeBytes(of: hash, as: UInt32.self)
        slot.storeBytes(of: UInt8(count), toByteOffset: 4, as: UInt8.self)
        slot.storeBytes(of: UInt8(ids.count), toByteOffset: 5, as: UInt8.self)
        (slot + 8).copyMemory(from: word, byteCount: count)
        for index in ids.indices {
            slot.storeBytes(of: ids[index], toByteOffset: 40 + 4 * index, as: Int32.self)
            slot.storeBytes(of: UInt8(lengths[index]), toByteOffset: 72 + index, as: UInt8.self)
        }
    }

    /// FNV-1a over the bytes, spread once more so that its upper 14 bits choose a slot well.
    @inline(__always)
    private static func hash(_ word: UnsafePointer<UInt8>, _ count: Int) -> UInt32 {
        var hash: UInt32 = 2_166_136_261
        for index in 0..<count { hash = (hash ^ UInt32(word[index])) &* 16_777_619 }
        return (hash ^ hash >> 15) &* 0x85EB_CA6B
    }
}
