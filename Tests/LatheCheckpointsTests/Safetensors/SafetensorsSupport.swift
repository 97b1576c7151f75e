import Foundation
import LatheCheckpoints
import LatheTestFiles

/// The bytes of a safetensors file with this header, its length in front, and data.
func safetensorsBytes(_ header: String, data: [UInt8] = []) -> [UInt8] {
    safetensorsBytes(Array(header.utf8), data: data)
}

/// The same for a header that need not be text.
func safetensorsBytes(_ header: [UInt8], data: [UInt8] = []) -> [UInt8] {
    withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header + data
}

/// The safetensors error that `body` throws; `nil` if it throws no such error.
func safetensorsError(_ body: () throws -> Void) -> SafetensorsError? {
    thrown(SafetensorsError.self, body)
}
