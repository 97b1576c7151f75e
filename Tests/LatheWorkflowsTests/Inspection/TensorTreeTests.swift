import LatheCheckpoints
import LatheWorkflows
import Testing

@Suite("The tree of a checkpoint's tensors")
struct TensorTreeTests {
    private static func entry(_ name: String, _ shape: [Int] = [2, 3], _ type: SafetensorsType = .f32)
        -> CheckpointEntry
    {
        CheckpointEntry(name: name, shape: shape, storedType: type)
    }

    @Test("Tensors stand at the part that their names tell of")
    func structure() {
        let tree = TensorTree([
            Self.entry("a.b.weight"), Self.entry("top"), Self.entry("a.b.bias", [2]), Self.entry("a.c.weight"),
        ]) { $0 == "a.b" ? "Linear" : nil }
        #expect(tree.tensors.map(\.name) == ["top"])
        #expect(tree.children.map(\.path) == ["a"])
        #expect(tree.children[0].children.map(\.path) == ["a.b", "a.c"])
        #expect(tree.children[0].children.map(\.kind) == ["Linear", nil])
        #expect(tree.children[0].children[0].tensors.map(TensorTree.lastName) == ["weight", "bias"])
    }

    @Test("Numbered parts stand in the order of their numbers, others as they come")
    func order() {
        let tree = TensorTree(
            ["0", "1", "10", "2"].map { Self.entry("layer.\($0).weight") } + [
                Self.entry("z.weight"), Self.entry("b.weight"),
            ])
        #expect(tree.children[0].children.map(\.name) == ["0", "1", "2", "10"])
        #expect(tree.children.map(\.name) == ["layer", "z", "b"])
    }

    @Test("Parameters and bytes add up; counters are bytes but no parameters")
    func sums() {
        let tree = TensorTree([
            Self.entry("a.weight"), Self.entry("a.half", [4], .bf16), Self.entry("a.num_batches_tracked", [], .i64),
        ])
        #expect(tree.parameterCount == 10)
        #expect(tree.byteCount == 24 + 8 + 8)
    }

    @Test("Parts are alike when kinds, names, shapes and types are")
    func alike() {
        func part(_ name: String, _ shape: [Int], _ type: SafetensorsType = .f32, kind: String? = nil) -> TensorTree {
            TensorTree([Self.entry("x.\(name)", shape, type)]) { _ in kind }.children[0]
        }
        let part1 = part("y.weight", [2])
        #expect(part1.isAlike(part("y.weight", [2])))
        for other in [
            part("y.weight", [3]), part("y.bias", [2]), part("z.weight", [2]), part("y.weight", [2], .f16),
            part("y.weight", [2], kind: "Linear"),
        ] {
            #expect(!part1.isAlike(other), "\(other)")
        }
    }

    @Test("Names that are nothing but points, or have very many, are shown like others")
    func strangeNames() {
        let deep = String(repeating: "a.", count: 100_000) + "weight"
        let tree = TensorTree([Self.entry(deep), Self.entry(""), Self.entry("."), Self.entry("..")])
        #expect(tree.parameterCount == 24)
        #expect(tree.tensors.map(\.name) == [""])
        #expect(TensorTree.lastName(Self.entry(".")) == ".")
    }
}
