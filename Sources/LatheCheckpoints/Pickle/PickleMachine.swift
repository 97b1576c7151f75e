/// The stack machine that a pickle is a program for, without anything that could call a function.
struct PickleMachine {
    /// The bytes up to the end of the longest pickle that is read.
    private let reader: ByteReader
    private let file: String
    /// The bytes from the start on, if they are more than are read.
    private let excess: Int?
    private var position: Int
    /// Where the instruction that is being read begins.
    private var instructionStart: Int
    private var stack: [PickleValue] = []
    /// The heights of the stack at the marks that are open.
    private var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]
    private var builder = PickleBuilder()

    init(_ bytes: UnsafeRawBufferPointer, start: Int, file: String) {
        let rest = bytes.count - start
        reader = ByteReader(UnsafeRawBufferPointer(rebasing: bytes.prefix(start + min(rest, PickleReader.byteLimit))))
        excess = rest > PickleReader.byteLimit ? rest : nil
        self.file = file
        position = start
        instructionStart = start
    }

    mutating func run() throws(PickleError) -> Pickle {
        guard try take(UInt8.self) == PickleOpcode.protocolVersion.rawValue else {
            throw error(.wrongProtocol(got: nil))
        }
        let version = try take(UInt8.self)
        guard (2...5).contains(version) else { throw error(.wrongProtocol(got: version)) }
        for _ in 0..<PickleReader.instructionLimit {
            instructionStart = position
            let byte = try take(UInt8.self)
            guard let opcode = PickleOpcode(rawValue: byte) else {
                throw error(PickleOpcode.names[byte].map { .instruction($0) } ?? .unknownInstruction(byte))
            }
            if opcode == .stop { return try finish() }
            try perform(opcode)
        }
        throw error(.tooManyInstructions(limit: PickleReader.instructionLimit))
    }

    private mutating func finish() throws(PickleError) -> Pickle {
        let root = try pop(.stop)
        guard stack.isEmpty, marks.isEmpty else {
            throw error(.wrongOperand(instruction: "STOP", expected: "an empty stack"))
        }
        return builder.pickle(root: root, end: position)
    }

    private mutating func perform(_ opcode: PickleOpcode) throws(PickleError) {
        switch opcode {
        case .protocolVersion, .stop: throw error(.instruction(opcode.name))
        case .frame: _ = try checkedCount(UInt64.self)
        case .mark: marks.append(stack.count)
        case .none: stack.append(.none)
        case .newTrue: stack.append(.bool(true))
        case .newFalse: stack.append(.bool(false))
        case .binInt: stack.append(.integer(Int(try take(Int32.self))))
        case .binInt1: stack.append(.integer(Int(try take(UInt8.self))))
        case .binInt2: stack.append(.integer(Int(try take(UInt16.self))))
        case .long1: stack.append(try takeLong())
        case .binFloat: stack.append(.number(Double(bitPattern: try take(UInt64.self).byteSwapped)))
        case .binUnicode: stack.append(.string(try takeString(try checkedCount(UInt32.self))))
        case .shortBinUnicode: stack.append(.string(try takeString(try checkedCount(UInt8.self))))
        case .binUnicode8: stack.append(.string(try takeString(try checkedCount(UInt64.self))))
        case .emptyDictionary: stack.append(builder.make(.dictionary))
        case .emptyList: stack.append(builder.make(.list))
        case .emptyTuple: stack.append(builder.make(.tuple))
        case .tuple, .tuple1, .tuple2, .tuple3: try makeTuple(opcode)
        case .setItem, .setItems, .append, .appends: try fill(opcode)
        case .binPut: try store(Int(try take(UInt8.self)), opcode)
        case .longBinPut: try store(Int(try take(UInt32.self)), opcode)
        case .memoize: try store(memo.count, opcode)
        case .binGet: try recall(Int(try take(UInt8.self)))
        case .longBinGet: try recall(Int(try take(UInt32.self)))
        case .global: try pushGlobal(module: try takeLine(), name: try takeLine())
        case .stackGlobal:
            guard let name = try pop(opcode).string, let module = try pop(opcode).string else {
                throw error(.wrongOperand(instruction: opcode.name, expected: "two names"))
            }
            try pushGlobal(module: module, name: name)
        case .reduce:
            let arguments = try pop(opcode)
            try push(builder.call(try pop(opcode), arguments))
        case .newObject:
            let arguments = try pop(opcode)
            try push(builder.object(of: try pop(opcode), arguments))
        case .build:
            _ = try pop(opcode)
            // Attributes of a dictionary, such as `_metadata`, say nothing about tensors.
            guard builder.kind(of: stack.last ?? .none) == .dictionary else {
                throw error(.wrongOperand(instruction: opcode.name, expected: "a dictionary"))
            }
        case .binPersistentID: try push(builder.storage(try pop(opcode)))
        }
    }

    // MARK: Containers

    private mutating func makeTuple(_ opcode: PickleOpcode) throws(PickleError) {
        let elements: [PickleValue]
        switch opcode {
        case .tuple1: elements = try popLast(1, opcode)
        case .tuple2: elements = try popLast(2, opcode)
        case .tuple3: elements = try popLast(3, opcode)
        default: elements = try popToMark(opcode)
        }
        let tuple = builder.make(.tuple)
        stack.append(tuple)
        try fill(tuple, elements)
    }

    /// Puts values into the list or dictionary below them.
    private mutating func fill(_ opcode: PickleOpcode) throws(PickleError) {
        let elements: [PickleValue]
        switch opcode {
        case .append: elements = try popLast(1, opcode)
        case .setItem: elements = try popLast(2, opcode)
        default: elements = try popToMark(opcode)
        }
        let isList = opcode == .append || opcode == .appends
        guard stack.count > marks.last ?? 0, let target = stack.last,
            builder.kind(of: target) == (isList ? .list : .dictionary)
        else { throw error(.wrongOperand(instruction: opcode.name, expected: isList ? "a list" : "a dictionary")) }
        guard isList || elements.count % 2 == 0 else {
            throw error(.wrongOperand(instruction: opcode.name, expected: "a value for every key"))
        }
        try fill(target, elements)
    }

    private mutating func fill(_ target: PickleValue, _ elements: [PickleValue]) throws(PickleError) {
        guard builder.append(elements, to: target) else { throw error(.tooDeep(limit: PickleReader.depthLimit)) }
    }

    // MARK: Stack and memory

    private mutating func pop(_ opcode: PickleOpcode) throws(PickleError) -> PickleValue {
        guard stack.count > marks.last ?? 0, let value = stack.popLast() else {
            throw error(.wrongOperand(instruction: opcode.name, expected: "a value on the stack"))
        }
        return value
    }

    private mutating func popLast(_ count: Int, _ opcode: PickleOpcode) throws(PickleError) -> [PickleValue] {
        guard stack.count - (marks.last ?? 0) >= count else {
            throw error(.wrongOperand(instruction: opcode.name, expected: "\(count) values on the stack"))
        }
        let values = Array(stack.suffix(count))
        stack.removeLast(count)
        return values
    }

    private mutating func popToMark(_ opcode: PickleOpcode) throws(PickleError) -> [PickleValue] {
        guard let mark = marks.popLast() else {
            throw error(.wrongOperand(instruction: opcode.name, expected: "a mark"))
        }
        let values = Array(stack[mark...])
        stack.removeSubrange(mark...)
        return values
    }

    private mutating func store(_ index: Int, _ opcode: PickleOpcode) throws(PickleError) {
        guard stack.count > marks.last ?? 0, let value = stack.last else {
            throw error(.wrongOperand(instruction: opcode.name, expected: "a value on the stack"))
        }
        guard memo.updateValue(value, forKey: index) == nil else { throw error(.repeatedMemo(index: index)) }
    }

    private mutating func recall(_ index: Int) throws(PickleError) {
        guard let value = memo[index] else { throw error(.emptyMemo(index: index)) }
        stack.append(value)
    }

    private mutating func push(_ result: Result<PickleValue, PickleBuilder.Failure>) throws(PickleError) {
        switch result {
        case .success(let value): stack.append(value)
        case .failure(let failure): throw error(failure.problem)
        }
    }

    private mutating func pushGlobal(module: String, name: String) throws(PickleError) {
        guard let global = PickleGlobal(module: module, name: name) else { throw error(.global("\(module).\(name)")) }
        stack.append(.global(global))
    }

    // MARK: Bytes

    private mutating func take<Integer: FixedWidthInteger & BitwiseCopyable>(
        _ type: Integer.Type
    ) throws(PickleError) -> Integer {
        guard let value = reader.integer(at: position, as: type) else { throw end(.unexpectedEnd) }
        position += Integer.bitWidth / 8
        return value
    }

    /// A length of at most the bytes that follow it.
    private mutating func checkedCount<Integer: FixedWidthInteger & BitwiseCopyable>(
        _ type: Integer.Type
    ) throws(PickleError) -> Int {
        let claimed = try take(type)
        let rest = reader.bytes.count - position
        guard let count = Int(exactly: claimed), count <= rest else {
            throw end(.lengthBeyondEnd(expected: rest, got: UInt64(claimed)))
        }
        return count
    }

    private mutating func takeString(_ count: Int) throws(PickleError) -> String {
        guard let slice = reader.slice(at: position, count: count) else { throw end(.unexpectedEnd) }
        guard let string = String(validating: slice, as: UTF8.self) else { throw error(.invalidText) }
        position += count
        return string
    }

    /// A name up to the end of the line.
    private mutating func takeLine() throws(PickleError) -> String {
        let rest = reader.bytes[position...]
        guard let end = rest.prefix(1_000).firstIndex(of: 0x0A) else { throw end(.unexpectedEnd) }
        let line = try takeString(end - position)
        position += 1
        return line
    }

    private mutating func takeLong() throws(PickleError) -> PickleValue {
        let count = try checkedCount(UInt8.self)
        guard let slice = reader.slice(at: position, count: count) else { throw end(.unexpectedEnd) }
        position += count
        guard count <= 8 else { return .longInteger(Array(slice)) }
        var value: Int64 = slice.last.map { $0 >= 0x80 ? -1 : 0 } ?? 0
        for byte in slice.reversed() { value = value << 8 | Int64(byte) }
        return .integer(Int(value))
    }

    /// What is wrong where the bytes end: `problem`, if these are all bytes there are.
    private func end(_ problem: PickleError.Problem) -> PickleError {
        error(excess.map { .tooLong(limit: PickleReader.byteLimit, got: $0) } ?? problem)
    }

    private func error(_ problem: PickleError.Problem) -> PickleError {
        PickleError(file: file, problem: problem, offset: instructionStart)
    }
}
