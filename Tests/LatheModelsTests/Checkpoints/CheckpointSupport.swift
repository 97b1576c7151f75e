import Foundation
import LatheModels
import LatheTensor
import Testing

/// The fixtures that `Scripts/make-torch-fixtures.py` made.
enum CheckpointFixture {
    static func path(_ name: String) throws -> String {
        let directory = try #require(
            Bundle.module.url(forResource: "checkpoints", withExtension: nil, subdirectory: "Resources"))
        return directory.path + "/" + name
    }

    static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path(name))))
    }

    /// The tensor that the others in `views.bin` are views of: (0 … 23) / 4 - 2 in four rows.
    static let base = (0..<24).map { Float($0) / 4 - 2 }
}

/// The error that `body` throws, or nil. (`#expect(throws:)` within a closure is miscompiled by Swift 6.3.1.)
func checkpointError(_ body: () throws -> Void) -> CheckpointError? {
    do {
        try body()
        return nil
    } catch {
        return error as? CheckpointError
    }
}

/// The error that opening `bytes` as a file of `torch.save` throws, or nil.
func torchError(_ bytes: [UInt8]) -> CheckpointError? {
    checkpointError { _ = try TorchCheckpoint(bytes: bytes, name: "f") }
}

/// A directory that is there for one test.
struct CheckpointDirectory {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "lathe-checkpoint-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    func write(_ bytes: [UInt8], to name: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path + "/" + name))
    }

    func write(_ text: String, to name: String) throws {
        try write(Array(text.utf8), to: name)
    }

    /// Copies a fixture.
    func copy(_ fixture: String, to name: String) throws {
        try FileManager.default.copyItem(atPath: CheckpointFixture.path(fixture), toPath: path + "/" + name)
    }

    func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }
}

/// A reproducible source of random numbers (SplitMix64).
struct CheckpointRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension FixedWidthInteger {
    /// The bytes, least significant first.
    var littleEndianBytes: [UInt8] {
        withUnsafeBytes(of: littleEndian) { Array($0) }
    }
}
