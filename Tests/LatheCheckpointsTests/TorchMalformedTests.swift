import LatheCheckpoints
import LatheTestFiles
import Testing

@Suite("Files of torch.save that lie about their tensors")
struct TorchMalformedTests {
    private typealias Bytes = PickleBytes

    private func model(_ members: [(String, [UInt8])], storages: [[UInt8]]) -> [UInt8] {
        ZipBytes.model(pickle: Bytes.pickle(Bytes.dictionary(members)), storages: storages).bytes
    }

    /// A model with the tensor `w` over a storage of four floats.
    private func error(count: Int = 4, offset: Int = 0, shape: [Int], strides: [Int]) -> CheckpointError? {
        let tensor = Bytes.tensor(Bytes.storage(count: count), offset: offset, shape: shape, strides: strides)
        return torchError(model([("w", tensor)], storages: [[UInt8](repeating: 0, count: 16)]))
    }

    @Test("Tensors that reach beyond their storage")
    func beyond() {
        #expect(error(shape: [2, 2], strides: [2, 1]) == nil)
        let beyond = { (got: Int?) in CheckpointError.beyondStorage(file: "f", tensor: "w", expected: 4, got: got) }
        #expect(error(shape: [5], strides: [1]) == beyond(4))
        #expect(error(offset: 1, shape: [4], strides: [1]) == beyond(4))
        #expect(error(offset: 4, shape: [], strides: []) == beyond(4))
        #expect(error(shape: [2, 2], strides: [4, 1]) == beyond(5))
        #expect(error(shape: [1 << 29], strides: [1]) == beyond((1 << 29) - 1))
        #expect(error(offset: .max, shape: [2], strides: [1]) == beyond(nil))
        #expect(error(shape: [3], strides: [.max]) == beyond(nil))
        #expect(error(offset: 100, shape: [0], strides: [1]) == nil)
    }

    @Test("Shapes that no tensor has")
    func shapes() {
        let impossible = { (shape: [Int], strides: [Int]) in
            CheckpointError.impossibleShape(file: "f", tensor: "w", shape: shape, strides: strides)
        }
        #expect(error(shape: [-1], strides: [1]) == impossible([-1], [1]))
        #expect(error(shape: [2], strides: [-1]) == impossible([2], [-1]))
        #expect(error(shape: [1 << 40, 1 << 40], strides: [0, 0]) == impossible([1 << 40, 1 << 40], [0, 0]))
        #expect(error(shape: [.max], strides: [0]) == impossible([.max], [0]))
        #expect(error(shape: [0, .max, .max], strides: [0, 0, 0]) == impossible([0, .max, .max], [0, 0, 0]))
        #expect(error(offset: -1, shape: [2], strides: [1]) == impossible([2], [1]))
    }

    @Test("A number repeated to gigabytes")
    func expansion() {
        #expect(error(shape: [1 << 20], strides: [0]) == nil)
        #expect(
            error(shape: [1 << 29], strides: [0]) == .expandedTooFar(file: "f", tensor: "w", expected: 4, got: 1 << 29))
    }

    @Test("Storages of another size than their data")
    func storages() {
        #expect(
            error(count: 3, shape: [1], strides: [1])
                == .wrongStorageSize(file: "f", storage: "0", expected: 12, got: 16))
        #expect(
            error(count: 1 << 29, shape: [1], strides: [1])
                == .wrongStorageSize(file: "f", storage: "0", expected: 1 << 31, got: 16))
        #expect(
            error(count: .max, shape: [1], strides: [1])
                == .wrongStorageSize(file: "f", storage: "0", expected: nil, got: 16))
        let tensor = Bytes.tensor(Bytes.storage("7", count: 4), shape: [4], strides: [1])
        #expect(torchError(model([("w", tensor)], storages: [])) == .missingStorage(file: "f", storage: "7"))
        let outside = Bytes.tensor(Bytes.storage("../data.pkl", count: 4), shape: [4], strides: [1])
        #expect(torchError(model([("w", outside)], storages: [])) == .missingStorage(file: "f", storage: "../data.pkl"))
    }

    @Test("Names and dictionaries")
    func dictionaries() throws {
        let tensor = Bytes.tensor(Bytes.storage(count: 4), shape: [4], strides: [1])
        let storage = [UInt8](repeating: 0, count: 16)
        #expect(
            torchError(model([("w", tensor), ("w", tensor)], storages: [storage]))
                == .duplicateTensor(file: "f", tensor: "w"))
        #expect(torchError(model([], storages: [])) == .noTensors(file: "f", keys: []))
        let composed = try TorchCheckpoint(
            bytes: model([("\u{E9}", tensor), ("e\u{301}", tensor)], storages: [storage]), name: "f")
        #expect(composed.entries.count == 2)
        let twice = model(
            [("a", Bytes.dictionary([("w", tensor)])), ("b", Bytes.dictionary([("w", tensor)]))], storages: [storage])
        #expect(torchError(twice) == .severalModels(file: "f", keys: ["a", "b"]))
    }

    @Test("One large dictionary under many keys is searched once")
    func repetition() {
        let large = Array("}q\u{1}(".utf8) + (0..<20_000).flatMap { Bytes.text("\($0)") + [0x4E] } + Array("u".utf8)
        let members = (0..<100_000).map { ("\($0)", [0x68, 1] as [UInt8]) }
        let error = torchError(model([("first", large)] + members, storages: []))
        guard case .noTensors("f", let keys)? = error else {
            Issue.record("a dictionary without tensors must be refused, got \(String(describing: error))")
            return
        }
        #expect(keys.count == 100_001)
    }

    @Test("Archives of something else")
    func archives() {
        #expect(torchError(ZipBytes([("a.txt", [1])]).bytes) == .wrongPickleCount(file: "f", got: []))
        let pickle = Bytes.pickle(Array("}".utf8))
        let two = ZipBytes([("a/data.pkl", pickle), ("b/data.pkl", pickle)])
        #expect(torchError(two.bytes) == .wrongPickleCount(file: "f", got: ["a/data.pkl", "b/data.pkl"]))
        let big = ZipBytes([("m/data.pkl", pickle), ("m/byteorder", Array("big".utf8))])
        #expect(torchError(big.bytes) == .bigEndian(file: "f"))
        #expect(torchError(Array("hello".utf8)) == .unknownFormat(file: "f"))
        #expect(torchError([]) == .unknownFormat(file: "f"))
        let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
        #expect(torchError(Array(pointer.utf8)) == .largeFilePointer(file: "f"))
    }

    /// The parts of a legacy file.
    private func legacy(
        version: Int = 1001, order: [UInt8] = [0x88], count: Int = 4, keys: [String] = ["0"], written: Int = 4,
        data: Int = 16
    ) -> [UInt8] {
        let magic: [UInt8] = [0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]
        let tensor = Bytes.tensor(Bytes.storage(count: count), shape: [2], strides: [1])
        let list = Array("](".utf8) + keys.flatMap(Bytes.text) + Array("e".utf8)
        let pickles = [
            magic, Bytes.integer(version), Bytes.dictionary([("little_endian", order)]),
            Bytes.dictionary([("w", tensor)]), list,
        ]
        return pickles.flatMap { Bytes.pickle($0) } + Int64(written).littleEndianBytes
            + [UInt8](repeating: 0, count: data)
    }

    @Test("The format before PyTorch 1.6")
    func legacyFiles() {
        #expect(torchError(legacy()) == nil)
        #expect(torchError(legacy(version: 1002)) == .malformedLegacyFile(file: "f", expected: "the version 1001"))
        #expect(torchError(legacy(order: [0x89])) == .bigEndian(file: "f"))
        #expect(
            torchError(legacy(order: [0x4E])) == .malformedLegacyFile(file: "f", expected: "the machine's byte order"))
        #expect(torchError(legacy(keys: [])) == .missingStorage(file: "f", storage: "0"))
        let once = CheckpointError.malformedLegacyFile(file: "f", expected: "each storage once in the list of storages")
        #expect(torchError(legacy(keys: ["0", "0"])) == once)
        #expect(torchError(legacy(keys: ["1"])) == once)
        #expect(torchError(legacy(written: 3)) == .wrongStorageSize(file: "f", storage: "0", expected: 16, got: 12))
        let negative = CheckpointError.malformedLegacyFile(
            file: "f", expected: #"a non-negative element count of storage "0""#)
        #expect(torchError(legacy(written: -1)) == negative)
        #expect(torchError(legacy(written: .max)) == .wrongStorageSize(file: "f", storage: "0", expected: nil, got: 16))
        #expect(
            torchError(legacy(count: 1 << 29, written: 1 << 29))
                == .wrongStorageSize(file: "f", storage: "0", expected: 1 << 31, got: 16))
        #expect(torchError(legacy(data: 15)) == .wrongStorageSize(file: "f", storage: "0", expected: 16, got: 15))
    }

    @Test("A legacy file that asks for a function")
    func legacyFunctions() throws {
        var bytes = try CheckpointFixture.bytes("legacy-types.bin")
        let name = Array("_rebuild_tensor_v2".utf8)
        let at = try #require(bytes.indices.first { bytes[$0...].starts(with: name) })
        bytes.replaceSubrange(at..<at + name.count, with: Array("_rebuild_tensor_v9".utf8))
        guard case .pickle(let error)? = torchError(bytes) else {
            Issue.record("an unknown function must be refused")
            return
        }
        #expect(error.problem == .global("torch._utils._rebuild_tensor_v9"))
    }
}
