import Foundation
import LatheCheckpoints
import LatheTestFiles
import Testing

@Suite("Safetensors files that are written and read back")
struct SafetensorsRoundTripTests {
    @Test("Every element type comes back with its bytes", arguments: SafetensorsType.allCases)
    func everyType(_ type: SafetensorsType) throws {
        let bytes = (0..<type.bitWidth).map { UInt8(truncatingIfNeeded: $0 * 37 + 1) }
        let scratch = try ScratchDirectory()
        defer { scratch.remove() }
        let directory = scratch.path
        let path = directory + "/one.safetensors"
        var writer = SafetensorsWriter()
        writer.add("t", type: type, shape: [2, 4]) { emit in try bytes.withUnsafeBytes(emit) }
        try writer.write(to: path)
        let file = try SafetensorsFile(path: path)
        let entry = try #require(file["t"])
        #expect(entry.type == type)
        #expect(entry.shape == [2, 4])
        #expect(entry.elementCount == 8)
        #expect(entry.byteRange == 0..<bytes.count)
        #expect(try file.withBytes(of: "t") { Array($0) } == bytes)
    }

    @Test("Swift values come back as the values they were")
    func swiftValues() throws {
        func check<Element: SafetensorsElement & Equatable>(_ values: [Element]) throws {
            let scratch = try ScratchDirectory()
            defer { scratch.remove() }
            let directory = scratch.path
            let path = directory + "/values.safetensors"
            var writer = SafetensorsWriter()
            writer.add("values", shape: [values.count], values: values)
            try writer.write(to: path)
            #expect(try SafetensorsFile(path: path).elements(of: "values", as: Element.self) == values)
        }
        try check([0, -1.5, .infinity, .leastNonzeroMagnitude] as [Float])
        try check([0, -1.5, .pi, .greatestFiniteMagnitude] as [Double])
        try check([.min, 0, .max] as [Int8])
        try check([.min, 0, .max] as [Int16])
        try check([.min, 0, .max] as [Int32])
        try check([.min, 0, .max] as [Int64])
        try check([.min, 1, .max] as [UInt8])
        try check([.min, 1, .max] as [UInt16])
        try check([.min, 1, .max] as [UInt32])
        try check([.min, 1, .max] as [UInt64])
    }

    @Test("Data at odd addresses can be read")
    func unaligned() throws {
        let values: [Float] = [1, 2, 3]
        let data = [UInt8(7)] + values.withUnsafeBytes { Array($0) }
        let header =
            #"{"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"#
            + #""f":{"dtype":"F32","shape":[3],"data_offsets":[1,13]}}"#
        for padding in 0..<8 {
            let bytes = safetensorsBytes(header + String(repeating: " ", count: padding), data: data)
            let file = try SafetensorsFile(bytes: bytes, name: "odd")
            #expect(try file.elements(of: "f", as: Float.self) == values)
            #expect(try file.elements(of: "b", as: UInt8.self) == [7])
        }
    }

    @Test("Empty tensors, single numbers, and files without tensors are fine")
    func emptyAndScalar() throws {
        let scratch = try ScratchDirectory()
        defer { scratch.remove() }
        let directory = scratch.path
        let path = directory + "/edge.safetensors"
        var writer = SafetensorsWriter()
        writer.add("empty", shape: [0], values: [] as [Float])
        writer.add("hollow", type: .f64, shape: [3, 0, 5]) { _ in }
        writer.add("scalar", shape: [], values: [2.5] as [Float])
        writer.add("last", type: .u8, shape: [0, 1]) { _ in }
        try writer.write(to: path)
        let file = try SafetensorsFile(path: path)
        #expect(file.names == ["hollow", "empty", "scalar", "last"])
        #expect(file["empty"]?.elementCount == 0)
        #expect(file["hollow"]?.shape == [3, 0, 5])
        #expect(file["scalar"]?.shape == [])
        #expect(try file.elements(of: "scalar", as: Float.self) == [2.5])
        #expect(try file.elements(of: "hollow", as: Double.self) == [])
        #expect(try file.withBytes(of: "last") { $0.count } == 0)

        try SafetensorsWriter().write(to: path)
        let none = try SafetensorsFile(path: path)
        #expect(none.entries.isEmpty && none.metadata.isEmpty)
        #expect(none.byteCount == 16)
    }

    @Test("Names and metadata may hold any text, and names are compared byte by byte")
    func unicode() throws {
        let composed = "caf\u{E9}"
        let decomposed = "cafe\u{301}"
        let long = String(repeating: "x", count: 5_000)
        let names = ["", "a.b", "\"\\/\n\u{0}\u{1F}", "层.0", "🦉", composed, decomposed, long]
        let metadata = ["format": "pt", "note": "tab\there, “quotes”, 🦉", "": "\u{7F}\u{2028}"]
        let scratch = try ScratchDirectory()
        defer { scratch.remove() }
        let directory = scratch.path
        let path = directory + "/names.safetensors"
        var writer = SafetensorsWriter(metadata: metadata)
        for (index, name) in names.enumerated() {
            writer.add(name, shape: [], values: [Int32(index)])
        }
        try writer.write(to: path)
        let file = try SafetensorsFile(path: path)
        #expect(file.metadata == metadata)
        #expect(file.entries.count == names.count)
        for (index, name) in names.enumerated() {
            #expect(try file.elements(of: name, as: Int32.self) == [Int32(index)])
        }
    }

    @Test("The bytes do not depend on the order of adding, and follow the reference implementation")
    func layout() throws {
        func write(_ order: [Int], _ directory: String) throws -> [UInt8] {
            let add: [(inout SafetensorsWriter) -> Void] = [
                { $0.add("b", shape: [2], values: [1, 2] as [Float]) },
                { $0.add("a", shape: [1], values: [3] as [Float]) },
                { $0.add("z", shape: [1], values: [4] as [Int64]) },
                { $0.add("h", type: .bf16, shape: [1], values: [0x3F80] as [UInt16]) },
            ]
            var writer = SafetensorsWriter(metadata: ["k": "v", "format": "pt"])
            for index in order { add[index](&writer) }
            try writer.write(to: directory + "/layout.safetensors")
            return Array(try Data(contentsOf: URL(fileURLWithPath: directory + "/layout.safetensors")))
        }
        let scratch = try ScratchDirectory()
        defer { scratch.remove() }
        let directory = scratch.path
        let bytes = try write([0, 1, 2, 3], directory)
        #expect(try write([3, 1, 2, 0], directory) == bytes)
        let header =
            #"{"__metadata__":{"format":"pt","k":"v"},"#
            + #""z":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"#
            + #""a":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},"#
            + #""b":{"dtype":"F32","shape":[2],"data_offsets":[12,20]},"#
            + #""h":{"dtype":"BF16","shape":[1],"data_offsets":[20,22]}}"#
        let padded = header + String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
        let data: [UInt8] = [4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x40, 0x40, 0, 0, 0x80, 0x3F, 0, 0, 0, 0x40, 0x80, 0x3F]
        #expect(bytes == safetensorsBytes(padded, data: data))
    }

    @Test("A tensor may arrive in many pieces, more than any buffer holds")
    func streaming() throws {
        let rowCount = 3_000
        let row = (0..<250).map { Int32($0) }
        let scratch = try ScratchDirectory()
        defer { scratch.remove() }
        let directory = scratch.path
        let path = directory + "/stream.safetensors"
        var writer = SafetensorsWriter()
        writer.add("rows", type: .i32, shape: [rowCount, row.count]) { emit in
            for _ in 0..<rowCount { try row.withUnsafeBytes(emit) }
        }
        let block = [UInt8](repeating: 9, count: 1 << 20)
        try block.withUnsafeBytes { bytes in
            writer.add("block", type: .u8, shape: [bytes.count], bytes: bytes)
            try writer.write(to: path)
        }
        let file = try SafetensorsFile(path: path)
        #expect(try file.elements(of: "rows", as: Int32.self).suffix(250) == row[...])
        #expect(try file.elements(of: "block", as: UInt8.self) == block)
    }

    @Test("A file recorded elsewhere opens, and its values make sense")
    func golden() throws {
        let url = try #require(
            Bundle.module.url(
                forResource: "edge_rows", withExtension: "safetensors", subdirectory: "Resources"))
        let file = try SafetensorsFile(path: url.path)
        #expect(
            file.names == [
                "asym_b3", "asym_b4", "asym_b8", "binary_b1", "sym_b3", "sym_b4", "sym_b8", "ternary_b2", "x",
            ])
        for entry in file.entries {
            #expect(entry.type == .f32)
            #expect(entry.shape == [10, 16])
        }
        #expect(file.metadata.isEmpty)
        #expect(file.byteCount == 6_384)
        let ternary = try file.elements(of: "ternary_b2", as: Float.self)
        for row in 0..<10 {
            let magnitudes = Set(ternary[row * 16..<row * 16 + 16].filter { $0.isFinite && $0 != 0 }.map(\.magnitude))
            #expect(magnitudes.count <= 1, "row \(row) has one scale")
        }
    }
}
