import Foundation
import LatheTensor

/// A fresh directory; call `remove()` in a `defer`.
///
/// It takes no closure on purpose: where `#expect` with a closure stands inside another closure, the 6.3 compiler can
/// run a wrong one, or crash.
struct ScratchDirectory {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("lathe-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }
}

/// The names in a directory, hidden ones included.
func listing(_ directory: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
}

/// The bytes of a safetensors file with this header, its length in front, and data.
func safetensorsBytes(_ header: String, data: [UInt8] = []) -> [UInt8] {
    safetensorsBytes(Array(header.utf8), data: data)
}

/// The same for a header that need not be text.
func safetensorsBytes(_ header: [UInt8], data: [UInt8] = []) -> [UInt8] {
    withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header + data
}

/// The safetensors error that `body` throws, or nil.
func safetensorsError(_ body: () throws -> Void) -> SafetensorsError? {
    do {
        try body()
        return nil
    } catch {
        return error as? SafetensorsError
    }
}

/// SplitMix64: small, and the same everywhere for one seed.
struct SplitMixGenerator: RandomNumberGenerator {
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
