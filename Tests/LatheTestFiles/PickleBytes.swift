/// Pieces of pickles, for tests that need one which PyTorch would not write.
package enum PickleBytes {
    package static func text(_ text: String) -> [UInt8] {
        [0x58] + UInt32(text.utf8.count).littleEndianBytes + Array(text.utf8)
    }

    package static func integer(_ value: Int) -> [UInt8] {
        [0x8A, 8] + Int64(value).littleEndianBytes
    }

    package static func global(_ module: String, _ name: String) -> [UInt8] {
        Array("c\(module)\n\(name)\n".utf8)
    }

    package static func tuple(_ items: [UInt8]...) -> [UInt8] {
        tuple(items)
    }

    package static func tuple(_ items: [[UInt8]]) -> [UInt8] {
        Array("(".utf8) + items.flatMap { $0 } + Array("t".utf8)
    }

    package static func dictionary(_ members: [(String, [UInt8])]) -> [UInt8] {
        Array("}(".utf8) + members.flatMap { text($0.0) + $0.1 } + Array("u".utf8)
    }

    package static func storage(_ key: String = "0", type: String = "FloatStorage", count: Int) -> [UInt8] {
        tuple(text("storage"), global("torch", type), text(key), text("cpu"), integer(count)) + Array("Q".utf8)
    }

    package static func tensor(_ storage: [UInt8], offset: Int = 0, shape: [Int], strides: [Int]) -> [UInt8] {
        let sizes = tuple(shape.map(integer)), steps = tuple(strides.map(integer))
        return global("torch._utils", "_rebuild_tensor_v2")
            + tuple(storage, integer(offset), sizes, steps, [0x89], [0x7D]) + Array("R".utf8)
    }

    /// A whole pickle that leaves what `body` leaves on the stack.
    package static func pickle(_ body: [UInt8], version: UInt8 = 2) -> [UInt8] {
        [0x80, version] + body + Array(".".utf8)
    }
}
