import Foundation
import LatheCheckpoints
import LatheFiles
import LatheTestFiles
import Testing

/// A broken file and the error that it must give.
struct MalformedFile: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let bytes: [UInt8]
    let expected: SafetensorsError

    init(_ name: String, _ bytes: [UInt8], _ expected: SafetensorsError) {
        testDescription = name
        self.bytes = bytes
        self.expected = expected
    }

    /// A file whose only tensor "t" has these fields.
    static func entry(_ name: String, _ fields: String, data: Int = 0, _ expected: SafetensorsError) -> MalformedFile {
        MalformedFile(name, safetensorsBytes("{\"t\":{\(fields)}}", data: [UInt8](repeating: 0, count: data)), expected)
    }

    /// A file whose header is no JSON, wrong at `offset`.
    static func json(_ name: String, _ header: String, _ problem: JSONError.Problem, at offset: Int) -> MalformedFile {
        let error = JSONError(problem, offset: offset, line: 1, column: offset + 1)
        return MalformedFile(name, safetensorsBytes(header), .malformedHeader(file: "f", problem: error))
    }

    private static func field(_ field: String, _ expected: String, _ got: String) -> SafetensorsError {
        .malformedField(file: "f", tensor: "t", field: field, expected: expected, got: got)
    }

    static let frames: [MalformedFile] = [
        MalformedFile("an empty file", [], .tooShort(file: "f", expected: 8, got: 0)),
        MalformedFile("seven bytes", [2, 0, 0, 0, 0, 0, 0], .tooShort(file: "f", expected: 8, got: 7)),
        MalformedFile("an empty header", safetensorsBytes(""), .headerNotObject(file: "f", got: nil)),
        MalformedFile(
            "a header longer than the format allows", [1, 0xE1, 0xF5, 5, 0, 0, 0, 0],
            .headerTooLong(file: "f", expected: 100_000_000, got: 100_000_001)),
        MalformedFile(
            "the largest length there is", [UInt8](repeating: 0xFF, count: 8),
            .headerTooLong(file: "f", expected: 100_000_000, got: .max)),
        MalformedFile(
            "a length whose sign bit is set", [2, 0, 0, 0, 0, 0, 0, 0x80, 0x7B, 0x7D],
            .headerTooLong(file: "f", expected: 100_000_000, got: 0x8000_0000_0000_0002)),
        MalformedFile(
            "a header cut off by one byte", Array(safetensorsBytes("{} ").dropLast()),
            .headerBeyondEnd(file: "f", expected: 2, got: 3)),
        MalformedFile("a header that is an array", safetensorsBytes("[]"), .headerNotObject(file: "f", got: 0x5B)),
        MalformedFile("a space in front", safetensorsBytes(" {}"), .headerNotObject(file: "f", got: 0x20)),
        MalformedFile("a byte order mark", safetensorsBytes("\u{FEFF}{}"), .headerNotObject(file: "f", got: 0xEF)),
        .json("an unclosed header", "{", .unexpectedEnd, at: 1),
        .json("two headers", "{}{}", .trailingContent, at: 2),
        .json("padding with zero bytes", "{}\u{0}", .trailingContent, at: 2),
        .json("a comma too many", #"{"t":{},}"#, .unexpected(byte: 0x7D, expected: "a key in quotes"), at: 8),
        .json("single quotes", "{'t':{}}", .unexpected(byte: 0x27, expected: "a key in quotes"), at: 1),
        .json("a tensor twice", #"{"t":{},"t":{}}"#, .duplicateKey("t"), at: 8),
        .json("a tensor twice, once escaped", #"{"t":{},"\u0074":{}}"#, .duplicateKey("t"), at: 8),
        .json("metadata twice", #"{"__metadata__":{},"__metadata__":{}}"#, .duplicateKey("__metadata__"), at: 19),
        .json("a field twice", #"{"t":{"dtype":"U8","dtype":"U8"}}"#, .duplicateKey("dtype"), at: 19),
        .json("NaN", #"{"t":NaN}"#, .unexpected(byte: 0x4E, expected: "a value"), at: 5),
        .json("a dimension with a leading zero", #"{"t":{"shape":[01]}}"#, .malformedNumber, at: 15),
        .json("a lone surrogate", #"{"\ud800":{}}"#, .loneSurrogate, at: 2),
        .json("a raw line break in a name", "{\"a\nb\":{}}", .controlCharacter(10), at: 3),
        .json(
            "a thousand arrays", "{\"t\":" + String(repeating: "[", count: 1_000), .tooDeep(limit: 64), at: 68),
        MalformedFile(
            "a name that is no UTF-8", safetensorsBytes([0x7B, 0x22, 0xC3, 0x28, 0x22, 0x3A, 0x7B, 0x7D, 0x7D]),
            .malformedHeader(file: "f", problem: JSONError(.invalidUTF8, offset: 2, line: 1, column: 3))),
    ]

    static let entries: [MalformedFile] = [
        MalformedFile(
            "metadata that is a string", safetensorsBytes(#"{"__metadata__":"pt"}"#),
            .malformedMetadata(file: "f", key: nil, expected: "an object", got: "a string")),
        MalformedFile(
            "metadata that is null", safetensorsBytes(#"{"__metadata__":null}"#),
            .malformedMetadata(file: "f", key: nil, expected: "an object", got: "null")),
        MalformedFile(
            "metadata with a number", safetensorsBytes(#"{"__metadata__":{"a":"b","epoch":3}}"#),
            .malformedMetadata(file: "f", key: "epoch", expected: "a string", got: "an integer")),
        MalformedFile(
            "an entry that is a number", safetensorsBytes(#"{"t":1}"#),
            .malformedEntry(file: "f", tensor: "t", got: "an integer")),
        .entry("an empty entry", "", .missingField(file: "f", tensor: "t", expected: "dtype")),
        .entry(
            "no shape", #""dtype":"U8","data_offsets":[0,0]"#,
            .missingField(file: "f", tensor: "t", expected: "shape")),
        .entry(
            "no offsets", #""dtype":"U8","shape":[0]"#,
            .missingField(file: "f", tensor: "t", expected: "data_offsets")),
        .entry(
            "a key too many", #""dtype":"U8","shape":[0],"data_offsets":[0,0],"strides":[1]"#,
            .unknownField(file: "f", tensor: "t", got: "strides")),
        .entry(
            "an unknown type", #""dtype":"F5","shape":[0],"data_offsets":[0,0]"#,
            .unknownType(file: "f", tensor: "t", got: "F5")),
        .entry(
            "a type in lower case", #""dtype":"f32","shape":[0],"data_offsets":[0,0]"#,
            .unknownType(file: "f", tensor: "t", got: "f32")),
        .entry(
            "a type that is a number", #""dtype":32,"shape":[0],"data_offsets":[0,0]"#,
            field("dtype", "a string", "an integer")),
        .entry(
            "a shape that is a number", #""dtype":"U8","shape":0,"data_offsets":[0,0]"#,
            field("shape", "an array", "an integer")),
        .entry(
            "a negative dimension", #""dtype":"U8","shape":[-1],"data_offsets":[0,0]"#,
            field("shape", "non-negative integers", "-1")),
        .entry(
            "a dimension with a fraction", #""dtype":"U8","shape":[1.0],"data_offsets":[0,1]"#, data: 1,
            field("shape", "non-negative integers", "1.0")),
        .entry(
            "a dimension in quotes", #""dtype":"U8","shape":["1"],"data_offsets":[0,1]"#, data: 1,
            field("shape", "non-negative integers", "a string")),
        .entry(
            "a dimension beyond 64 bits", #""dtype":"U8","shape":[18446744073709551616],"data_offsets":[0,0]"#,
            field("shape", "non-negative integers", "1.8446744073709552e+19")),
        .entry(
            "one offset", #""dtype":"U8","shape":[0],"data_offsets":[0]"#,
            field("data_offsets", "two integers", "1")),
        .entry(
            "three offsets", #""dtype":"U8","shape":[0],"data_offsets":[0,0,0]"#,
            field("data_offsets", "two integers", "3")),
        .entry(
            "a negative offset", #""dtype":"U8","shape":[1],"data_offsets":[-1,0]"#,
            field("data_offsets", "non-negative integers", "-1")),
        .entry(
            "a shape whose product overflows", #""dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]"#,
            .impossibleShape(file: "f", tensor: "t", got: [1 << 32, 1 << 32])),
        .entry(
            "a byte count that overflows", #""dtype":"F64","shape":[2305843009213693952],"data_offsets":[0,0]"#,
            .impossibleShape(file: "f", tensor: "t", got: [1 << 61])),
        .entry(
            "an overflow hidden behind a zero",
            #""dtype":"U8","shape":[0,4294967296,4294967296],"data_offsets":[0,0]"#,
            .impossibleShape(file: "f", tensor: "t", got: [0, 1 << 32, 1 << 32])),
        .entry(
            "offsets the wrong way round", #""dtype":"U8","shape":[1],"data_offsets":[1,0]"#, data: 1,
            .reversedOffsets(file: "f", tensor: "t", begin: 1, end: 0)),
        .entry(
            "a byte too few for the shape", #""dtype":"F32","shape":[2],"data_offsets":[0,7]"#, data: 7,
            .wrongByteCount(file: "f", tensor: "t", expected: 8, got: 7)),
        .entry(
            "the bytes of another type", #""dtype":"F16","shape":[2],"data_offsets":[0,8]"#, data: 8,
            .wrongByteCount(file: "f", tensor: "t", expected: 4, got: 8)),
    ]

    static let places: [MalformedFile] = [
        .entry(
            "data that is cut off", #""dtype":"F32","shape":[2],"data_offsets":[0,8]"#, data: 7,
            .beyondEnd(file: "f", tensor: "t", expected: 7, got: 8)),
        .entry(
            "offsets at the end of the integers",
            #""dtype":"U8","shape":[1],"data_offsets":[9223372036854775806,9223372036854775807]"#, data: 1,
            .beyondEnd(file: "f", tensor: "t", expected: 1, got: .max)),
        .entry(
            "a byte behind the last tensor", #""dtype":"U8","shape":[1],"data_offsets":[0,1]"#, data: 2,
            .trailingBytes(file: "f", expected: 1, got: 2)),
        MalformedFile(
            "data without tensors", safetensorsBytes("{}", data: [0]),
            .trailingBytes(file: "f", expected: 0, got: 1)),
        .entry(
            "a hole in front", #""dtype":"U8","shape":[1],"data_offsets":[1,2]"#, data: 2,
            .hole(file: "f", tensor: "t", expected: 0, got: 1)),
        two("a hole between tensors", (0, 1), (2, 3), .hole(file: "f", tensor: "b", expected: 1, got: 2)),
        two(
            "tensors that overlap by a byte", (0, 2), (1, 3),
            .overlap(file: "f", tensor: "b", other: "a", expected: 2, got: 1)),
        two(
            "tensors in one place", (0, 3), (0, 3),
            .overlap(file: "f", tensor: "b", other: "a", expected: 3, got: 0)),
        two(
            "an empty tensor inside another", (0, 3), (1, 1),
            .overlap(file: "f", tensor: "b", other: "a", expected: 3, got: 1)),
    ]

    /// Two tensors of bytes, "a" and "b", over three bytes of data.
    private static func two(
        _ name: String, _ first: (Int, Int), _ second: (Int, Int), _ expected: SafetensorsError
    ) -> MalformedFile {
        func entry(_ range: (Int, Int)) -> String {
            "{\"dtype\":\"U8\",\"shape\":[\(range.1 - range.0)],\"data_offsets\":[\(range.0),\(range.1)]}"
        }
        let header = "{\"a\":\(entry(first)),\"b\":\(entry(second))}"
        return MalformedFile(name, safetensorsBytes(header, data: [0, 0, 0]), expected)
    }
}

@Suite("Malformed safetensors files")
struct SafetensorsMalformedTests {
    @Test(
        "Each mistake gives its own error",
        arguments: MalformedFile.frames + MalformedFile.entries + MalformedFile.places)
    func table(_ file: MalformedFile) throws {
        #expect(safetensorsError { _ = try SafetensorsFile(bytes: file.bytes, name: "f") } == file.expected)
        #expect(file.expected.description.hasPrefix("f: "))
        let scratch = try ScratchDirectory()
        defer { scratch.remove() }
        let directory = scratch.path
        let path = directory + "/f"
        try Data(file.bytes).write(to: URL(fileURLWithPath: path))
        let error = safetensorsError { _ = try SafetensorsFile(path: path) }
        #expect(error?.description == directory + "/" + file.expected.description)
    }

    @Test("What is unusual but allowed opens")
    func allowed() throws {
        let entry = #"{"dtype":"U8","shape":[1],"data_offsets":"#
        let headers = [
            "{ }    ",
            "{\"b\" : \(entry)[1,2]} ,\n\"a\":\(entry)[0,1]}}",
            "{\"b\":\(entry)[1,2]},\"a\":\(entry)[0,1]},"
                + #""e":{"data_offsets":[1,1],"shape":[0],"dtype":"I64"}}"#,
        ]
        let empty = try SafetensorsFile(bytes: safetensorsBytes(headers[0]), name: "f")
        #expect(empty.names.isEmpty)
        for header in headers.dropFirst() {
            let file = try SafetensorsFile(bytes: safetensorsBytes(header, data: [5, 6]), name: "f")
            #expect(file.names.prefix(2) == ["b", "a"])
            #expect(try file.elements(of: "a", as: UInt8.self) == [5])
            #expect(try file.elements(of: "b", as: UInt8.self) == [6])
        }
    }

    @Test("What is not there or is no file says so")
    func unreadable() throws {
        let scratch = try ScratchDirectory()
        defer { scratch.remove() }
        let directory = scratch.path
        let path = directory + "/none.safetensors"
        let error = try #require(safetensorsError { _ = try SafetensorsFile(path: path) })
        #expect(error == .io(.system(path: path, operation: .open, code: ENOENT)))
        #expect(
            error.description
                == "\(path): cannot open: No such file or directory (errno 2); "
                + "check that the path and its directory exist")
        let folder = safetensorsError { _ = try SafetensorsFile(path: directory) }
        #expect(folder == .io(.notRegularFile(path: directory)))
        let pipe = directory + "/pipe"
        #expect(mkfifo(pipe, 0o600) == 0)
        #expect(safetensorsError { _ = try SafetensorsFile(path: pipe) } == .io(.notRegularFile(path: pipe)))
        let zero = safetensorsError { _ = try SafetensorsFile(path: "a\u{0}b") }
        #expect(zero == .io(.system(path: "a\u{0}b", operation: .open, code: EINVAL)))
    }

    @Test("A missing tensor and a wrong element type name what is there")
    func requests() throws {
        let header = #"{"t":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}"#
        let file = try SafetensorsFile(bytes: safetensorsBytes(header, data: [0, 0]), name: "f")
        #expect(file["u"] == nil)
        #expect(
            safetensorsError { _ = try file.elements(of: "u", as: Float.self) }
                == .noSuchTensor(file: "f", tensor: "u", count: 1))
        #expect(
            safetensorsError { _ = try file.withBytes(of: "u") { $0.count } }
                == .noSuchTensor(file: "f", tensor: "u", count: 1))
        let wrong = safetensorsError { _ = try file.elements(of: "t", as: Float.self) }
        #expect(wrong == .wrongType(file: "f", tensor: "t", expected: [.f32], got: .f16))
        #expect(wrong?.description == #"f: tensor "t": expected F32, got F16; convert the tensor"#)
    }

    @Test("Messages name the file, the tensor, and the cure, and stay short for hostile names")
    func messages() {
        let again = "the file is cut off or damaged; download or copy it again"
        #expect(
            SafetensorsError.beyondEnd(file: "m", tensor: "a.b", expected: 7, got: 8).description
                == "m: tensor \"a.b\": ends at byte 8 of the data, but there are only 7; \(again)")
        #expect(
            SafetensorsError.wrongDataLength(file: "m", tensor: "a", expected: 4, got: 3).description
                == "m: tensor \"a\": expected 4 bytes of data, got 3; "
                + "give the tensor's elements, all of them and nothing else")
        let name = "\u{1B}[2J" + String(repeating: "x", count: 9_999)
        let hostile = SafetensorsError.reservedName(file: "m", tensor: name)
        #expect(hostile.description.utf8.count < 200)
        #expect(!hostile.description.contains("\u{1B}"))
    }
}
