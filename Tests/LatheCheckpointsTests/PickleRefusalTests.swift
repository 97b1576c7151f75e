import LatheCheckpoints
import LatheTestFiles
import Testing

@Suite("Pickles that are refused")
struct PickleRefusalTests {
    private typealias Bytes = PickleBytes

    private func problem(_ bytes: [UInt8]) -> PickleError.Problem? {
        do throws(PickleError) {
            _ = try PickleReader.read(bytes, file: "f: data.pkl")
            return nil
        } catch {
            return error.problem
        }
    }

    private func problem(ofBody body: [UInt8]) -> PickleError.Problem? {
        problem(Bytes.pickle(body))
    }

    private func ascii(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test(
        "Functions that are no tensor constructors",
        arguments: [
            ("os", "system"), ("posix", "system"), ("builtins", "eval"), ("builtins", "exec"), ("subprocess", "Popen"),
            ("torch", "load"), ("torch._utils", "_rebuild_sparse_tensor"), ("collections", "OrderedDict.fromkeys"),
            ("torch.storage", "_load_from_bytes"), ("numpy.core.multiarray", "scalar"),
        ])
    func functions(module: String, name: String) {
        let arguments = Bytes.tuple(Bytes.text("touch /tmp/lathe-was-here")) + ascii("R")
        #expect(problem(ofBody: Bytes.global(module, name) + arguments) == .global("\(module).\(name)"))
        let onStack = Bytes.text(module) + Bytes.text(name) + [0x93] + arguments
        #expect(problem(Bytes.pickle(onStack, version: 4)) == .global("\(module).\(name)"))
    }

    @Test("The message names file, function and cure")
    func message() {
        let bytes = ZipBytes.model(pickle: Bytes.pickle(Bytes.global("os", "system"))).bytes
        let text = torchError(bytes)?.description ?? ""
        #expect(
            text
                == "f: data.pkl asks to call os.system, which is not a tensor constructor; refused, nothing was executed; "
                + "save only the weights: torch.save(model.state_dict(), …), or as safetensors (byte 2)")
        let strange = problem(ofBody: Bytes.global("o\u{1B}[2Js", "x y"))
        let error = PickleError(file: "f", problem: strange ?? .unexpectedEnd, offset: 0)
        #expect(!error.description.unicodeScalars.contains { $0.value < 0x20 })
    }

    @Test(
        "Instructions that no state dict needs",
        arguments: [
            ("i", "INST"), ("o", "OBJ"), ("\u{32}", "DUP"), ("\u{30}", "POP"), ("P", "PERSID"), ("S", "STRING"),
            ("I", "INT"),
            ("g", "GET"), ("p", "PUT"), ("d", "DICT"), ("l", "LIST"), ("B", "BINBYTES"),
        ])
    func instructions(code: String, name: String) {
        #expect(problem(ofBody: ascii(code + "os\nsystem\n")) == .instruction(name))
    }

    @Test(
        "Newer instructions that no state dict needs",
        arguments: [
            (UInt8(0x92), "NEWOBJ_EX"), (0x82, "EXT1"), (0x8B, "LONG4"), (0x96, "BYTEARRAY8"), (0x8F, "EMPTY_SET"),
            (0x80, "PROTO"),
        ])
    func newerInstructions(code: UInt8, name: String) {
        #expect(problem(ofBody: [code, 0, 0, 0, 0]) == .instruction(name))
    }

    @Test("Calls of what is allowed only as it is")
    func calls() {
        let empty = ascii(")R")
        #expect(problem(ofBody: Bytes.text("os.system") + empty) == .notCallable(got: "a string"))
        #expect(problem(ofBody: ascii("}") + empty) == .notCallable(got: "a container"))
        #expect(
            problem(ofBody: Bytes.global("torch", "FloatStorage") + empty) == .notCallable(got: "torch.FloatStorage"))
        #expect(problem(ofBody: Bytes.global("torch", "float32") + empty) == .notCallable(got: "torch.float32"))
        let parameter = "torch._utils._rebuild_parameter"
        #expect(
            problem(ofBody: Bytes.global("torch._utils", "_rebuild_parameter") + empty)
                == .malformedCall(function: parameter, expected: "a tensor"))
        #expect(
            problem(ofBody: Bytes.global("torch._utils", "_rebuild_parameter") + ascii("]R"))
                == .malformedCall(function: parameter, expected: "a tuple of arguments"))
        #expect(
            problem(ofBody: Bytes.global("collections", "OrderedDict") + Bytes.tuple(Bytes.integer(1)) + ascii("R"))
                == .malformedCall(function: "collections.OrderedDict", expected: "an empty tuple of arguments"))
        #expect(problem(ofBody: ascii("]}b")) == .wrongOperand(instruction: "BUILD", expected: "a dictionary"))
    }

    @Test("Tensors that are described in another way")
    func tensors() {
        let function = "torch._utils._rebuild_tensor_v2"
        #expect(
            problem(ofBody: Bytes.tensor(Bytes.text("0"), shape: [1], strides: [1]))
                == .malformedCall(function: function, expected: "a storage, offset, sizes and strides"))
        #expect(
            problem(ofBody: Bytes.tensor(Bytes.storage(count: 4), shape: [1, 2], strides: [1]))
                == .malformedCall(function: function, expected: "as many strides as sizes"))
        let many = [Int](repeating: 1, count: 65)
        #expect(
            problem(ofBody: Bytes.tensor(Bytes.storage(count: 4), shape: many, strides: many))
                == .tooManyDimensions(limit: 64, got: 65))
        let key = PickleError.Problem.malformedStorage(expected: "a short key and a non-negative element count")
        #expect(problem(ofBody: Bytes.storage(count: -1)) == key)
        #expect(problem(ofBody: Bytes.storage(String(repeating: "0", count: 257), count: 1)) == key)
        #expect(
            problem(ofBody: Bytes.text("0") + ascii("Q"))
                == .malformedStorage(expected: "the five fields that PyTorch writes"))
        let eval = Bytes.tuple(
            Bytes.text("storage"), Bytes.global("torch", "Size"), Bytes.text("0"), Bytes.text("cpu"), Bytes.integer(1))
        #expect(problem(ofBody: eval + ascii("Q")) == .malformedStorage(expected: "a storage class"))
    }

    @Test("Lengths beyond the end")
    func lengths() {
        #expect(
            problem([0x80, 2, 0x58] + UInt32(0x7FFF_FFFF).littleEndianBytes)
                == .lengthBeyondEnd(expected: 0, got: 0x7FFF_FFFF))
        #expect(
            problem([0x80, 4, 0x8D] + UInt64.max.littleEndianBytes + [0]) == .lengthBeyondEnd(expected: 1, got: .max))
        #expect(
            problem([0x80, 4, 0x95] + UInt64(1 << 31).littleEndianBytes) == .lengthBeyondEnd(expected: 0, got: 1 << 31))
        #expect(problem([0x80, 2, 0x8A, 255, 1]) == .lengthBeyondEnd(expected: 1, got: 255))
        #expect(problem([0x80, 4, 0x8C, 3, 0x61]) == .lengthBeyondEnd(expected: 1, got: 3))
        #expect(problem([0x80, 2, 0x63] + [UInt8](repeating: 0x61, count: 5_000)) == .unexpectedEnd)
    }

    @Test("A text that fits into the file, but not into a pickle that is read, is not read")
    func lengthBeyondLimit() {
        let rest = PickleReader.byteLimit + 100
        let bytes = [0x80, 2, 0x58] + UInt32(rest).littleEndianBytes + [UInt8](repeating: 0x61, count: rest)
        #expect(problem(bytes) == .tooLong(limit: PickleReader.byteLimit, got: bytes.count))
    }

    @Test("Millions of empty containers are not made")
    func instructions() {
        #expect(
            problem(ofBody: [UInt8](repeating: 0x7D, count: 5_000_000))
                == .tooManyInstructions(limit: PickleReader.instructionLimit))
    }

    @Test("Deep nesting")
    func nesting() {
        let lists = { (count: Int) in
            self.ascii(String(repeating: "]", count: count) + String(repeating: "a", count: count - 1))
        }
        #expect(problem(ofBody: lists(100)) == nil)
        #expect(problem(ofBody: lists(101)) == .tooDeep(limit: 100))
        #expect(problem(ofBody: lists(1_000_000)) == .tooDeep(limit: 100))
        #expect(problem(ofBody: ascii("N") + [UInt8](repeating: 0x85, count: 1_000_000)) == .tooDeep(limit: 100))
        let marks = [UInt8](repeating: 0x28, count: 1_000_000)
        #expect(problem(ofBody: marks) == .wrongOperand(instruction: "STOP", expected: "a value on the stack"))
    }

    @Test("A list within itself, and lists that double, stay small")
    func sharing() throws {
        let cycle = try PickleReader.read(Bytes.pickle(ascii("]q\u{0}h\u{0}a")), file: "f")
        #expect(cycle.containers.count == 1)
        #expect(cycle.containers[0].elements == [cycle.root])
        var doubling = ascii("]")
        for index in 0..<90 { doubling += [0x71, UInt8(index), 0x68, UInt8(index), 0x86] }
        #expect(try PickleReader.read(Bytes.pickle(doubling), file: "f").containers.count == 91)
    }

    @Test("Memory cells")
    func memory() {
        #expect(problem(ofBody: ascii("h\u{3}")) == .emptyMemo(index: 3))
        #expect(problem(ofBody: ascii("j") + UInt32.max.littleEndianBytes) == .emptyMemo(index: Int(UInt32.max)))
        #expect(problem(ofBody: ascii("]q\u{1}q\u{1}")) == .repeatedMemo(index: 1))
        #expect(
            problem(ofBody: ascii("q\u{1}")) == .wrongOperand(instruction: "BINPUT", expected: "a value on the stack"))
        #expect(problem(ofBody: [0x94]) == .wrongOperand(instruction: "MEMOIZE", expected: "a value on the stack"))
    }

    @Test("Stacks that do not fit the instruction")
    func stacks() {
        #expect(problem(ofBody: ascii("t")) == .wrongOperand(instruction: "TUPLE", expected: "a mark"))
        #expect(problem(ofBody: ascii("N(\u{85}")) != nil)
        #expect(
            problem(ofBody: ascii("}(Nu")) == .wrongOperand(instruction: "SETITEMS", expected: "a value for every key"))
        #expect(problem(ofBody: ascii("](NNu")) == .wrongOperand(instruction: "SETITEMS", expected: "a dictionary"))
        #expect(problem(ofBody: ascii("}Na")) == .wrongOperand(instruction: "APPEND", expected: "a list"))
        #expect(problem(ofBody: ascii("N(R")) == .wrongOperand(instruction: "REDUCE", expected: "a value on the stack"))
        #expect(problem(ofBody: ascii("NN")) == .wrongOperand(instruction: "STOP", expected: "an empty stack"))
        #expect(
            problem(ofBody: ascii("NN") + [0x93]) == .wrongOperand(instruction: "STACK_GLOBAL", expected: "two names"))
    }

    @Test("What is no pickle")
    func beginnings() {
        #expect(problem([]) == .unexpectedEnd)
        #expect(problem(ascii("N.")) == .wrongProtocol(got: nil))
        #expect(problem([0x80, 1]) == .wrongProtocol(got: 1))
        #expect(problem([0x80, 6]) == .wrongProtocol(got: 6))
        #expect(problem([0x80, 2, 0xFF]) == .unknownInstruction(0xFF))
        #expect(problem([0x80, 2]) == .unexpectedEnd)
        #expect(problem([0x80, 2, 0x58, 1, 0, 0, 0, 0xFF, 0x2E]) == .invalidText)
    }

    @Test("Integers of all lengths")
    func integers() throws {
        let root = { (body: [UInt8]) in try PickleReader.read(Bytes.pickle(body), file: "f").root }
        #expect(try root([0x8A, 0]) == .integer(0))
        #expect(try root([0x8A, 1, 0xFF]) == .integer(-1))
        #expect(try root(Bytes.integer(.min)) == .integer(.min))
        #expect(
            try root([0x8A, 9] + [UInt8](repeating: 0, count: 8) + [1]) == .longInteger([0, 0, 0, 0, 0, 0, 0, 0, 1]))
        #expect(try root([0x4A] + Int32(-5).littleEndianBytes) == .integer(-5))
        #expect(try root([0x47, 0x3F, 0xF8, 0, 0, 0, 0, 0, 0]) == .number(1.5))
    }
}
