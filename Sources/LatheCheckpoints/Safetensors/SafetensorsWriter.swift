import LatheFiles

/// Writes safetensors files: collects what tensors there are, then streams their data.
///
/// ```swift
/// var writer = SafetensorsWriter(metadata: ["format": "pt"])
/// writer.add("bias", shape: [3], values: [0, 1, 2] as [Float])
/// writer.add("weight", type: .f32, shape: [3, 4]) { emit in try rows.forEach { try emit($0) } }
/// try writer.write(to: "model.safetensors")
/// ```
///
/// The same tensors and metadata give the same bytes, in whatever order they were added: the largest element types come
/// first, then names decide, as in the reference implementation. The data starts at a multiple of 8 bytes. Hugging
/// Face's `transformers` opens only files with the metadata `format`.
package struct SafetensorsWriter {
    /// Takes the next piece of a tensor's data.
    package typealias Emit = (UnsafeRawBufferPointer) throws -> Void

    private struct Item {
        let name: String
        let type: SafetensorsType
        let shape: [Int]
        let produce: (Emit) throws -> Void
    }

    /// The free-form map for the header; written in the order of the keys, and left out when empty.
    package var metadata: [String: String]
    private var tensors: [Item] = []

    /// Makes a writer without tensors.
    package init(metadata: [String: String] = [:]) {
        self.metadata = metadata
    }

    /// Adds a tensor whose data `produce` hands out, in as many pieces as it likes, when the file is written.
    ///
    /// - Parameters:
    ///   - name: the key in the file.
    ///   - type: the type in the file.
    ///   - shape: the dimensions, outermost first; `[]` for a single number.
    ///   - produce: called once for each ``write(to:beforeReplacing:)``, with the function that takes the pieces.
    package mutating func add(
        _ name: String, type: SafetensorsType, shape: [Int], _ produce: @escaping (_ emit: Emit) throws -> Void
    ) {
        tensors.append(Item(name: name, type: type, shape: shape, produce: produce))
    }

    /// Adds a tensor whose data is `bytes`, which must stay valid until the file is written.
    package mutating func add(
        _ name: String, type: SafetensorsType, shape: [Int], bytes: UnsafeRawBufferPointer
    ) {
        add(name, type: type, shape: shape) { emit in try emit(bytes) }
    }

    /// Adds a tensor with a copy of `values`, the last dimension running fastest.
    ///
    /// - Parameters:
    ///   - name: the key in the file.
    ///   - type: the type in the file; the natural one of `Element` when nil. `UInt16` values go into F16 and
    ///     BF16 tensors, `UInt8` values into BOOL and F8 tensors.
    ///   - shape: the dimensions, outermost first; `[]` for a single number.
    ///   - values: as many as the shape has.
    /// - Precondition: `type` is one of `Element.safetensorsTypes`.
    package mutating func add<Element: SafetensorsElement>(
        _ name: String, type: SafetensorsType? = nil, shape: [Int], values: [Element]
    ) {
        let type = type ?? Element.safetensorsTypes[0]
        let fits = Element.safetensorsTypes.contains(type)
        precondition(fits, "\(name): \(Element.self) values do not have the layout of \(type.rawValue)")
        add(name, type: type, shape: shape) { emit in
            try values.withUnsafeBytes(emit)
        }
    }

    /// Writes the file at `path`, all or nothing as `AtomicFile` does.
    /// - Parameters:
    ///   - path: the file; one that is there is replaced.
    ///   - prepare: is called when the content is on the disk, just before it takes its name.
    /// - Throws: `SafetensorsError` for tensors that cannot be written and for what the file system refuses; what a
    ///   producer throws passes through.
    package func write(to path: String, beforeReplacing prepare: () throws -> Void = {}) throws {
        let tensors = tensors.sorted(by: Self.precedes)
        let (header, byteCounts) = try layout(tensors, file: path)
        do {
            try AtomicFile.write(to: path, beforeReplacing: prepare) { file in
                try file.write(header)
                for (tensor, byteCount) in zip(tensors, byteCounts) {
                    try Self.write(tensor, byteCount, to: &file)
                }
            }
        } catch let error as FileError {
            throw SafetensorsError.io(error)
        }
    }

    /// Larger element types first, then names in byte order.
    private static func precedes(_ left: Item, _ right: Item) -> Bool {
        guard left.type == right.type else { return left.type.rank > right.type.rank }
        return ExactName.precedes(left.name, right.name)
    }

    /// The header with its length and padding, and the byte count of each tensor.
    private func layout(_ tensors: [Item], file: String) throws(SafetensorsError) -> ([UInt8], [Int]) {
        var members: [JSONValue.Member] = []
        if !metadata.isEmpty {
            let keys = metadata.keys.sorted(by: ExactName.precedes)
            let pairs = keys.map { JSONValue.Member($0, .string(metadata[$0] ?? "")) }
            members.append(JSONValue.Member(SafetensorsHeader.metadataKey, .object(pairs)))
        }
        var names: Set<ExactName> = []
        var byteCounts: [Int] = []
        var begin = 0
        for tensor in tensors {
            guard tensor.name != SafetensorsHeader.metadataKey else {
                throw .reservedName(file: file, tensor: tensor.name)
            }
            guard names.insert(ExactName(tensor.name)).inserted else {
                throw .duplicateTensor(file: file, tensor: tensor.name)
            }
            guard let byteCount = tensor.type.byteCount(ofShape: tensor.shape),
                case let (end, overflow) = begin.addingReportingOverflow(byteCount), !overflow
            else { throw .impossibleShape(file: file, tensor: tensor.name, got: tensor.shape) }
            let entry: JSONValue = [
                "dtype": .string(tensor.type.rawValue),
                "shape": .array(tensor.shape.map(JSONValue.integer)),
                "data_offsets": [.integer(begin), .integer(end)],
            ]
            members.append(JSONValue.Member(tensor.name, entry))
            byteCounts.append(byteCount)
            begin = end
        }
        var text = Array(JSONValue.object(members).text().utf8)
        text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - text.count % 8) % 8))
        guard text.count <= SafetensorsHeader.byteLimit else {
            throw .tooManyTensors(file: file, expected: SafetensorsHeader.byteLimit, got: text.count)
        }
        let length = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) }
        return (length + text, byteCounts)
    }

    /// Streams one tensor and counts its bytes, so that a wrong producer cannot shift the tensors behind it.
    private static func write(_ tensor: Item, _ expected: Int, to file: inout AtomicFileHandle) throws {
        let path = file.path
        var got = 0
        try tensor.produce { bytes in
            got += bytes.count
            guard got <= expected else {
                throw SafetensorsError.wrongDataLength(
                    file: path, tensor: tensor.name, expected: expected, got: got)
            }
            try file.write(bytes)
        }
        guard got == expected else {
            throw SafetensorsError.wrongDataLength(file: path, tensor: tensor.name, expected: expected, got: got)
        }
    }
}
