import LatheCheckpoints
import LatheTestFiles
import Testing

@Suite("Pickles of training scripts")
struct TrainingPickleTests {
    private typealias Bytes = PickleBytes

    private static func call(_ module: String, _ name: String, _ arguments: [UInt8]...) -> [UInt8] {
        Bytes.global(module, name) + Bytes.tuple(arguments) + Array("R".utf8)
    }

    private static let weight = Bytes.tensor(Bytes.storage(count: 4), shape: [2, 2], strides: [2, 1])

    /// The names of the tensors in a file with these members.
    private func names(_ members: [(String, [UInt8])]) throws -> [String] {
        let file = ZipBytes.model(
            pickle: Bytes.pickle(Bytes.dictionary(members)), storages: [[UInt8](repeating: 0, count: 16)]
        ).bytes
        return try TorchCheckpoint(bytes: file, name: "f").entries.map(\.name)
    }

    @Test(
        "Values that hold no tensors do not keep a file from being opened",
        arguments: [
            call("__builtin__", "set", Array("]".utf8)), call("builtins", "frozenset", Array("]".utf8)),
            call("__builtin__", "complex", Bytes.integer(1), Bytes.integer(2)),
            call("torch", "Size", Bytes.tuple(Bytes.integer(3))),
            call("_codecs", "encode", Bytes.text("a"), Bytes.text("latin1")),
            call("collections", "Counter", Bytes.dictionary([])),
            call("collections", "defaultdict", Bytes.global("__builtin__", "list")),
        ])
    func plainValues(_ value: [UInt8]) throws {
        #expect(
            try names([("module", Bytes.dictionary([("a.weight", Self.weight)])), ("other", value)]) == ["a.weight"])
    }

    @Test(
        "DeepSpeed's, Lightning's and optimizer-laden files give the model's tensors",
        arguments: ["module", "state_dict", "model"])
    func layouts(_ key: String) throws {
        let optimizer = Bytes.dictionary([
            ("state", Bytes.dictionary([("0", Bytes.dictionary([("exp_avg", Self.weight)]))]))
        ])
        let sizes = Bytes.dictionary([
            ("a.weight", Self.call("torch", "Size", Bytes.tuple(Bytes.integer(2), Bytes.integer(2))))
        ])
        let members = [
            (key, Bytes.dictionary([("a.weight", Self.weight)])), ("optimizer", optimizer), ("param_shapes", sizes),
            ("buffer_names", Array("]".utf8)),
            ("sparse_tensor_module_names", Self.call("__builtin__", "set", Array("]".utf8))),
            ("global_steps", Bytes.integer(3)),
        ]
        #expect(try names(members) == ["a.weight"])
    }

    @Test("Parameters with attributes, and tensors of a class, are tensors")
    func parameters() throws {
        let none: [UInt8] = [0x4E], yes: [UInt8] = [0x88]
        let parameter = Self.call(
            "torch._utils", "_rebuild_parameter_with_state", Self.weight, yes, Bytes.dictionary([]),
            Bytes.dictionary([("tag", none)]))
        let arguments = Bytes.tuple(
            Bytes.storage(count: 4), Bytes.integer(0), Bytes.tuple(Bytes.integer(4)), Bytes.tuple(Bytes.integer(1)),
            yes, none)
        let subclass = Self.call(
            "torch._tensor", "_rebuild_from_type_v2", Bytes.global("torch._utils", "_rebuild_tensor_v2"),
            Bytes.global("torch.nn.parameter", "Parameter"), arguments, Bytes.dictionary([]))
        #expect(try names([("a", parameter), ("b", subclass)]) == ["a", "b"])
    }

    @Test(
        "The arguments of a script are passed over, however Python writes such an object",
        arguments: [
            [0x29, 0x81], [0x29, 0x52], [0x29, 0x81, 0x7D, 0x62],
        ] as [[UInt8]])
    func arguments(_ instructions: [UInt8]) throws {
        for (module, name) in [("argparse", "Namespace"), ("types", "SimpleNamespace")] {
            let object = Bytes.global(module, name) + instructions
            #expect(
                try names([("args", object), ("model", Bytes.dictionary([("a.weight", Self.weight)]))]) == ["a.weight"],
                "\(name)")
        }
        #expect(throws: CheckpointError.self) { try names([("args", Bytes.global("builtins", "set") + [0x29, 0x81])]) }
    }

    @Test("A class does not make a refused function harmless")
    func refused() {
        let hidden = Self.call(
            "torch._tensor", "_rebuild_from_type_v2", Bytes.global("os", "system"), Bytes.global("torch", "Tensor"),
            Bytes.tuple(), Bytes.dictionary([]))
        #expect(throws: CheckpointError.self) { try names([("a", hidden)]) }
        let nested = Self.call(
            "torch._tensor", "_rebuild_from_type_v2", Bytes.global("torch._tensor", "_rebuild_from_type_v2"),
            Bytes.global("torch", "Tensor"), Bytes.tuple(),
            Bytes.dictionary([]))
        #expect(throws: CheckpointError.self) { try names([("a", nested)]) }
    }
}
