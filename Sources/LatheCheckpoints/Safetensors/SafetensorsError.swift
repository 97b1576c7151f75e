import LatheFiles

/// What is wrong with a safetensors file, or with a request to read or write one.
///
/// Every case names the file; where one tensor is concerned, the tensor; and what was expected and found.
public enum SafetensorsError: DescribedError, Equatable, Sendable {
    /// The file system refused.
    case io(FileError)

    // The frame around the header.

    /// Fewer than the 8 bytes that hold the header's length.
    case tooShort(file: String, expected: Int, got: Int)
    /// A header longer than the format allows.
    case headerTooLong(file: String, expected: Int, got: UInt64)
    /// A header that reaches beyond the end of the file.
    case headerBeyondEnd(file: String, expected: Int, got: UInt64)
    /// A header that does not begin with `{`; nil when it is empty.
    case headerNotObject(file: String, got: UInt8?)
    /// A header that is no strict JSON, duplicate keys included.
    case malformedHeader(file: String, problem: JSONError)

    // The header's entries.

    /// `__metadata__` that is no object, or a value in it that is no string.
    case malformedMetadata(file: String, key: String?, expected: String, got: String)
    /// A tensor's entry that is no object.
    case malformedEntry(file: String, tensor: String, got: String)
    /// A tensor without `dtype`, `shape` or `data_offsets`.
    case missingField(file: String, tensor: String, expected: String)
    /// A key that tensors do not have.
    case unknownField(file: String, tensor: String, got: String)
    /// A field of the wrong kind.
    case malformedField(file: String, tensor: String, field: String, expected: String, got: String)
    /// An element type that is not known.
    case unknownType(file: String, tensor: String, got: String)
    /// A shape with a negative dimension, or with more bytes than a 64-bit integer counts.
    case impossibleShape(file: String, tensor: String, got: [Int])

    // The tensors' places.

    /// `data_offsets` that end before they begin.
    case reversedOffsets(file: String, tensor: String, begin: Int, end: Int)
    /// As many bytes as the type and shape do not have.
    case wrongByteCount(file: String, tensor: String, expected: Int, got: Int)
    /// A tensor that ends behind the end of the file.
    case beyondEnd(file: String, tensor: String, expected: Int, got: Int)
    /// A tensor that begins inside the one before it.
    case overlap(file: String, tensor: String, other: String, expected: Int, got: Int)
    /// Bytes before a tensor that belong to none.
    case hole(file: String, tensor: String, expected: Int, got: Int)
    /// Bytes behind the last tensor.
    case trailingBytes(file: String, expected: Int, got: Int)

    // Requests.

    /// A tensor that the file does not hold.
    case noSuchTensor(file: String, tensor: String, count: Int)
    /// A request for elements of another type.
    case wrongType(file: String, tensor: String, expected: [SafetensorsType], got: SafetensorsType)
    /// Two tensors of one name given to the writer.
    case duplicateTensor(file: String, tensor: String)
    /// Data given to the writer that is shorter or longer than type and shape say.
    case wrongDataLength(file: String, tensor: String, expected: Int, got: Int)
    /// More tensors, names or metadata given to the writer than a header can hold.
    case tooManyTensors(file: String, expected: Int, got: Int)
    /// A tensor called `__metadata__` given to the writer.
    case reservedName(file: String, tensor: String)
}

extension SafetensorsError {
    /// The message: file, tensor, what was expected and found, and the cure.
    public var description: String {
        let cutOff = "the file is cut off or damaged; download or copy it again"
        let faulty = "the program that wrote the file is at fault; save the tensors again"
        switch self {
        case .io(let error):
            return error.description
        case .tooShort(let file, let expected, let got):
            return "\(file): expected at least \(expected) bytes, got \(got); \(cutOff)"
        case .headerTooLong(let file, let expected, let got):
            return "\(file): expected a header of at most \(expected) bytes, got \(got); "
                + "this is probably not a safetensors file"
        case .headerBeyondEnd(let file, let expected, let got):
            return "\(file): the header should have \(got) bytes, but only \(expected) follow; \(cutOff)"
        case .headerNotObject(let file, let got):
            let found = got.map { "the byte 0x" + String($0, radix: 16) } ?? "an empty header"
            return "\(file): expected a header that begins with '{', got \(found); "
                + "this is probably not a safetensors file"
        case .malformedHeader(let file, let problem):
            return "\(file): the header is not valid JSON: \(problem); \(faulty)"
        case .malformedMetadata(let file, let key, let expected, let got):
            let place = key.map { "__metadata__, key \(JSONError.shortened($0))" } ?? "__metadata__"
            return "\(file): \(place): expected \(expected), got \(got); \(faulty)"
        case .malformedEntry(let file, let tensor, let got):
            return "\(Self.place(file, tensor)): expected an object, got \(got); \(faulty)"
        case .missingField(let file, let tensor, let expected):
            return "\(Self.place(file, tensor)): \(expected) is missing; \(faulty)"
        case .unknownField(let file, let tensor, let got):
            return "\(Self.place(file, tensor)): unknown key \(JSONError.shortened(got)), "
                + "expected dtype, shape and data_offsets only; \(faulty)"
        case .malformedField(let file, let tensor, let field, let expected, let got):
            return "\(Self.place(file, tensor)): \(field): expected \(expected), got \(got); \(faulty)"
        case .unknownType(let file, let tensor, let got):
            let known = SafetensorsType.allCases.map(\.rawValue).joined(separator: " ")
            return "\(Self.place(file, tensor)): unknown dtype \(JSONError.shortened(got)); "
                + "convert the tensor to one of \(known)"
        case .impossibleShape(let file, let tensor, let got):
            return "\(Self.place(file, tensor)): no tensor can have the shape \(Self.text(got)); "
                + "dimensions are not negative, and a tensor has fewer than 2^63 bytes"
        case .reversedOffsets(let file, let tensor, let begin, let end):
            return "\(Self.place(file, tensor)): data_offsets begin at \(begin) and end before, at \(end); \(faulty)"
        case .wrongByteCount(let file, let tensor, let expected, let got):
            return "\(Self.place(file, tensor)): type and shape need \(expected) bytes, got \(got); \(faulty)"
        case .beyondEnd(let file, let tensor, let expected, let got):
            return "\(Self.place(file, tensor)): ends at byte \(got) of the data, but there are only \(expected); "
                + cutOff
        case .overlap(let file, let tensor, let other, let expected, let got):
            return "\(Self.place(file, tensor)): begins at byte \(got) of the data, inside "
                + "\(JSONError.shortened(other)), which ends at \(expected); \(faulty)"
        case .hole(let file, let tensor, let expected, let got):
            return "\(Self.place(file, tensor)): begins at byte \(got) of the data, expected \(expected); "
                + "no tensor owns the bytes between; \(faulty)"
        case .trailingBytes(let file, let expected, let got):
            return "\(file): the tensors need \(expected) bytes of data, got \(got); no tensor owns the rest; \(faulty)"
        case .noSuchTensor(let file, let tensor, let count):
            return "\(Self.place(file, tensor)): not there; the file holds \(count) tensors, "
                + "`lathe inspect` lists them"
        case .wrongType(let file, let tensor, let expected, let got):
            let types = expected.map(\.rawValue).joined(separator: " or ")
            return "\(Self.place(file, tensor)): expected \(types), got \(got.rawValue); convert the tensor"
        case .duplicateTensor(let file, let tensor):
            return "\(Self.place(file, tensor)): given twice; give each tensor a name of its own"
        case .wrongDataLength(let file, let tensor, let expected, let got):
            return "\(Self.place(file, tensor)): expected \(expected) bytes of data, got \(got); "
                + "give the tensor's elements, all of them and nothing else"
        case .tooManyTensors(let file, let expected, let got):
            return "\(file): the header would have \(got) bytes, the format allows \(expected); "
                + "write the tensors into several files"
        case .reservedName(let file, let tensor):
            return "\(Self.place(file, tensor)): the name is reserved; choose another"
        }
    }

    private static func place(_ file: String, _ tensor: String) -> String {
        "\(file): tensor \(JSONError.shortened(tensor))"
    }

    private static func text(_ shape: [Int]) -> String {
        let shown = shape.prefix(8).map(String.init).joined(separator: ", ")
        return shape.count > 8 ? "[\(shown), …]" : "[\(shown)]"
    }
}
