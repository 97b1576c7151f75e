import Foundation
import LatheTensor

/// A GGUF file, read by the letter of its specification.
struct ParsedGGUF {
    struct Tensor: Equatable {
        let shape: [Int]
        let type: UInt32
        let offset: Int
    }

    let version: UInt32
    private(set) var metadata: [String: String] = [:]
    private(set) var tensors: [String: Tensor] = [:]
    /// Where the numbers begin.
    private(set) var dataStart = 0
    let bytes: [UInt8]
    private var position = 0

    init(_ data: Data) throws {
        bytes = Array(data)
        guard Array(bytes.prefix(4)) == Array("GGUF".utf8) else { throw Problem.magic }
        version = bytes[4..<8].enumerated().reduce(0) { $0 | UInt32($1.element) << (8 * $1.offset) }
        position = 8
        let counts = (tensors: Int(number(UInt64.self)), values: Int(number(UInt64.self)))
        for _ in 0..<counts.values {
            let key = text()
            metadata[key] = value(number(UInt32.self))
        }
        for _ in 0..<counts.tensors {
            let name = text(), rank = Int(number(UInt32.self))
            let shape = (0..<rank).map { _ in Int(number(UInt64.self)) }
            tensors[name] = Tensor(shape: shape, type: number(UInt32.self), offset: Int(number(UInt64.self)))
        }
        dataStart = (position + 31) / 32 * 32
    }

    private enum Problem: Error {
        case magic
    }

    private mutating func number<Number: FixedWidthInteger>(_: Number.Type) -> Number {
        defer { position += MemoryLayout<Number>.size }
        return bytes[position..<position + MemoryLayout<Number>.size].reversed().reduce(0) { $0 << 8 | Number($1) }
    }

    private mutating func text() -> String {
        let count = Int(number(UInt64.self))
        defer { position += count }
        return String(decoding: bytes[position..<position + count], as: UTF8.self)
    }

    private mutating func value(_ type: UInt32) -> String {
        switch type {
        case 4: return String(number(UInt32.self))
        case 5: return String(Int32(bitPattern: number(UInt32.self)))
        case 6: return String(Float(bitPattern: number(UInt32.self)))
        case 7:
            position += 1
            return bytes[position - 1] == 1 ? "true" : "false"
        case 8: return text()
        case 9:
            let element = number(UInt32.self), count = Int(number(UInt64.self))
            return (0..<count).map { _ in value(element) }.joined(separator: "\n")
        default: return "type \(type)"
        }
    }
}
