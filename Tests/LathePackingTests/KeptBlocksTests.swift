import LatheTensor
import Testing

@testable import LathePacking

@Suite("Kept blocks")
struct KeptBlocksTests {
    /// Values with some zeros, of blocks and of single places.
    private func values(_ rows: Int, _ columns: Int, blockRows: Int) -> [Int8] {
        (0..<rows * columns).map { place in
            let (row, column) = (place / columns, place % columns)
            return (row / blockRows * 7 + column * 5) % 3 == 0
                ? Int8(truncatingIfNeeded: (row * 31 + column * 17) % 256) : 0
        }
    }

    @Test("Values come back from their mask and the kept ones", arguments: [1, 2, 4], [1, 7, 8, 17])
    func roundTrip(blockRows: Int, columns: Int) throws {
        let values = values(8, columns, blockRows: blockRows)
        let blocks = values.withUnsafeBufferPointer {
            KeptBlocks(of: $0, rows: 8, columns: columns, blockRows: blockRows)
        }
        let kept = values.withUnsafeBufferPointer { blocks.compressed($0) }
        #expect(kept.count == blocks.count * blockRows)
        let read = try #require(KeptBlocks(stored: blocks.stored, rows: 8, columns: columns, blockRows: blockRows))
        #expect(read.count == blocks.count)
        #expect(kept.withUnsafeBufferPointer { read.expanded($0) } == values)
    }

    @Test("A mask has a bit a column and block, the first column lowest")
    func bits() {
        let values: [Float] = [0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        let single = values.withUnsafeBufferPointer { KeptBlocks(of: $0, rows: 2, columns: 10, blockRows: 1) }
        #expect(single.stored.withUnsafeBytes { Array($0) } == [2, 2, 1, 0])
        let pairs = values.withUnsafeBufferPointer { KeptBlocks(of: $0, rows: 2, columns: 10, blockRows: 2) }
        #expect(pairs.stored.withUnsafeBytes { Array($0) } == [3, 2])
        #expect(values.withUnsafeBufferPointer { pairs.compressed($0) } == [0, 3, 1, 0, 2, 0])
        #expect(pairs.density == 0.3)
    }

    @Test("A bit behind the last column is refused")
    func strayBit() {
        let mask = ([0xff, 0x0f] as [UInt8]).withUnsafeBytes { Tensor(bytes: $0, shape: [1, 2], dtype: .uint8) }
        #expect(KeptBlocks(stored: mask, rows: 1, columns: 11, blockRows: 1) == nil)
    }
}
