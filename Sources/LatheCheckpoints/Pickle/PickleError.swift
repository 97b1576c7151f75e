import LatheFiles

/// Why a pickle was refused, and where. Nothing of a pickle is ever executed.
public struct PickleError: DescribedError, Equatable, Sendable {
    /// The ways in which a pickle can be wrong or unwelcome.
    package enum Problem: Equatable, Sendable {
        /// It does not begin with a protocol from 2 to 5; nil when it is empty or begins with something else.
        case wrongProtocol(got: UInt8?)
        /// It has more bytes than the reader takes.
        case tooLong(limit: Int, got: Int)
        /// It has more instructions than the reader follows.
        case tooManyInstructions(limit: Int)
        /// It ends within an instruction, or before the one that ends it.
        case unexpectedEnd
        /// A length that reaches beyond the end.
        case lengthBeyondEnd(expected: Int, got: UInt64)
        /// A text that is no UTF-8.
        case invalidText
        /// An instruction that no saved state dict needs.
        case instruction(String)
        /// A byte that is no instruction.
        case unknownInstruction(UInt8)
        /// A function or class that is not on the list.
        case global(String)
        /// A function called with arguments that it does not take.
        case malformedCall(function: String, expected: String)
        /// A call of something that is no function on the list.
        case notCallable(got: String)
        /// A storage that is described in another way than PyTorch does.
        case malformedStorage(expected: String)
        /// An instruction that finds something else on the stack than it needs.
        case wrongOperand(instruction: String, expected: String)
        /// A memory cell that is read before it is written.
        case emptyMemo(index: Int)
        /// A memory cell that is written twice.
        case repeatedMemo(index: Int)
        /// Containers nested deeper than the limit.
        case tooDeep(limit: Int)
        /// A tensor with more dimensions than the limit.
        case tooManyDimensions(limit: Int, got: Int)
    }

    /// The file, and the part of it that is the pickle.
    public let file: String
    /// What is wrong.
    package let problem: Problem
    /// Where the instruction concerned begins, in bytes from the start of the pickle's file.
    public let offset: Int

    /// Makes an error at a place.
    package init(file: String, problem: Problem, offset: Int) {
        self.file = file
        self.problem = problem
        self.offset = offset
    }
}

extension PickleError {
    /// The message: file, what was asked for, that nothing was executed, and the cure.
    public var description: String {
        let damaged = "the file is cut off or damaged; download or copy it again"
        let resave = "save only the weights: torch.save(model.state_dict(), …), or as safetensors"
        let words =
            switch problem {
            case .wrongProtocol(let got?): "has pickle protocol \(got), expected 2 to 5; \(resave)"
            case .wrongProtocol(nil): "is no pickle of protocol 2 to 5; \(resave)"
            case .tooLong(let limit, let got): "goes on for more than \(limit) of \(got) bytes; \(resave)"
            case .tooManyInstructions(let limit): "has more than \(limit) instructions; \(resave)"
            case .unexpectedEnd: "ends too early; \(damaged)"
            case .lengthBeyondEnd(let expected, let got):
                "claims \(got) bytes where only \(expected) follow; \(damaged)"
            case .invalidText: "has a text that is not UTF-8; \(damaged)"
            case .instruction(let name):
                "uses \(name), which no state dict needs; refused, nothing was executed; \(resave)"
            case .unknownInstruction(let byte):
                "has the byte 0x\(String(byte, radix: 16)) where an instruction should be; \(damaged)"
            case .global(let name):
                "asks to call \(MessageText.plain(name)), which is not a tensor constructor; refused, nothing was executed; \(resave)"
            case .malformedCall(let function, let expected): "calls \(function) without \(expected); \(resave)"
            case .notCallable(let got):
                "asks to call \(got), which is no function; refused, nothing was executed; \(resave)"
            case .malformedStorage(let expected): "describes a storage without \(expected); \(resave)"
            case .wrongOperand(let instruction, let expected): "uses \(instruction) without \(expected); \(damaged)"
            case .emptyMemo(let index): "reads memory cell \(index), which is empty; \(damaged)"
            case .repeatedMemo(let index): "writes memory cell \(index) twice; \(damaged)"
            case .tooDeep(let limit): "nests containers deeper than \(limit); \(resave)"
            case .tooManyDimensions(let limit, let got):
                "has a tensor of \(got) dimensions, at most \(limit) are read; \(resave)"
            }
        return "\(file) \(words) (byte \(offset))"
    }
}
