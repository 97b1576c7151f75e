import LatheCheckpoints
import LatheTensor
import Testing

@Suite("Files of torch.save")
struct TorchCheckpointTests {
    private func open(_ name: String) throws -> TorchCheckpoint {
        try TorchCheckpoint(path: CheckpointFixture.path(name))
    }

    @Test(
        "Every type comes out with its values, whatever the protocol and format",
        arguments: ["types-2.bin", "types-3.bin", "types-4.bin", "types-5.bin", "legacy-types.bin"])
    func types(name: String) throws {
        let file = try open(name)
        #expect(file.entries.map(\.name) == ["f32", "f16", "bf16", "f64", "i64", "i32", "i16", "i8", "u8", "bool"])
        #expect(file.entries.map(\.storedType) == [.f32, .f16, .bf16, .f64, .i64, .i32, .i16, .i8, .u8, .bool])
        let dtypes: [DType] = [.float32, .float16, .bfloat16, .float32, .int64, .int32, .int32, .int8, .uint8, .bool]
        for (entry, dtype) in zip(file.entries, dtypes) {
            let tensor = try file.tensor(entry.name)
            #expect(tensor.shape == [2, 3] && entry.shape == [2, 3])
            #expect(tensor.dtype == dtype && entry.dtype == dtype)
        }
        for name in ["f32", "f16", "bf16", "i32", "i8", "u8"] {
            #expect(try file.tensor(name).floatArray == [0, 1, 2, 3, 100, 127])
        }
        #expect(try file.tensor("f64").floatArray == [-0.1, 1, 2, 3, 100, 127])
        let long = try file.tensor("i64").withUnsafeBytes { Array($0.bindMemory(to: Int64.self)) }
        #expect(long == [-(1 << 40), 1, 2, 3, 100, 127])
        #expect(try file.tensor("i16").int32Array == [-30_000, 1, 2, 3, 100, 127])
        #expect(try file.tensor("bool").boolArray == [false, true, true, true, true, true])
    }

    @Test("Types without a storage class of their own become the next wider signed one")
    func newTypes() throws {
        let file = try open("new-types.bin")
        #expect(try file.tensor("u16").int32Array == [0, 65_535])
        let u32 = try file.tensor("u32").withUnsafeBytes { Array($0.bindMemory(to: Int64.self)) }
        #expect(u32 == [0, 4_294_967_295])
        let u64 = try file.tensor("u64").withUnsafeBytes { Array($0.bindMemory(to: Int64.self)) }
        #expect(u64 == [0, 1 << 62])
        #expect(file.entries.map(\.dtype) == [.int32, .int64, .int64, .int64, nil])
        let large = checkpointError { _ = try file.tensor("u64_large") }
        #expect(large == .integerTooLarge(file: file.path, tensor: "u64_large", got: 1 << 63))
        let float8 = checkpointError { _ = try file.tensor("f8") }
        #expect(float8 == .unsupportedType(file: file.path, tensor: "f8", got: .f8e4m3))
    }

    @Test("Views come out in order, as if they had been copied first", arguments: ["views.bin", "legacy-views.bin"])
    func views(name: String) throws {
        let file = try open(name)
        let base = CheckpointFixture.base
        let expected: [(String, [Int], [Int])] = [
            ("base", [4, 6], Array(0..<24)),
            ("transposed", [6, 4], (0..<6).flatMap { column in (0..<4).map { $0 * 6 + column } }),
            ("column", [4], [2, 8, 14, 20]),
            ("slice", [2, 6], Array(6..<18)),
            ("block", [2, 3], [8, 9, 10, 14, 15, 16]),
            ("stepped", [2, 2], [1, 4, 13, 16]),
            ("permuted", [6, 2, 2], (0..<6).flatMap { last in (0..<4).map { $0 * 6 + last } }),
            ("expanded", [3, 6], Array(0..<6) + Array(0..<6) + Array(0..<6)),
            ("single", [], [23]),
            ("empty", [0, 4], []),
            ("half_transposed", [6, 4], (0..<6).flatMap { column in (0..<4).map { $0 * 6 + column } }),
            ("double_transposed", [6, 4], (0..<6).flatMap { column in (0..<4).map { $0 * 6 + column } }),
        ]
        for (name, shape, indices) in expected {
            let tensor = try file.tensor(name)
            #expect(tensor.shape == shape, "\(name)")
            #expect(tensor.floatArray == indices.map { base[$0] }, "\(name)")
        }
        #expect(try file.tensor("byte_transposed").floatArray == [0, 3, 1, 4, 2, 5])
    }

    @Test("A tensor that lies aligned and in order is used where it lies, as long as anybody needs it")
    func borrowing() throws {
        var tensors: [Tensor] = []
        do {
            let file = try open("views.bin")
            tensors = [try file.tensor("base"), try file.tensor("base"), try file.tensor("slice")]
        }
        let places = tensors.map { tensor in tensor.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) } }
        #expect(places[0] == places[1])
        #expect(places[2] == places[0] + 24)
        #expect(tensors[2].floatArray == Array(CheckpointFixture.base[6..<18]))
    }

    @Test(
        "Modules, parameters and wrapped state dicts",
        arguments: ["module.bin", "wrapped.bin", "legacy-4.bin", "model-and-ema.bin"])
    func stateDicts(name: String) throws {
        let file = try open(name)
        let names = ["dense.weight", "dense.bias", "norm.weight", "norm.bias", "norm.running_mean", "norm.running_var"]
        #expect(file.entries.map(\.name) == names + ["norm.num_batches_tracked"])
        #expect(try file.tensor("dense.weight").floatArray == [-2, -1.75, -1.5, -0.5, -0.25, 0])
        #expect(try file.tensor("dense.bias").floatArray == [1, 1.25])
        let batches = try file.tensor("norm.num_batches_tracked")
        #expect(batches.shape == [] && batches.dtype == .int64)
    }

    @Test("nn.Parameter entries")
    func parameters() throws {
        let file = try open("parameters.bin")
        #expect(file.entries.map(\.name) == ["dense.weight", "dense.bias", "norm.weight", "norm.bias"])
        #expect(try file.tensor("dense.bias").floatArray == [1, 1.25])
    }

    @Test("What holds no single state dict is refused")
    func others() throws {
        let path = { try CheckpointFixture.path($0) }
        let error = { (name: String) in checkpointError { _ = try TorchCheckpoint(path: try path(name)) } }
        #expect(
            error("two-models.bin") == .severalModels(file: try path("two-models.bin"), keys: ["teacher", "student"]))
        #expect(error("no-tensors.bin") == .noTensors(file: try path("no-tensors.bin"), keys: ["step", "history"]))
        #expect(error("list.bin") == .notDictionary(file: try path("list.bin"), got: "a list"))
        guard case .pickle(let refusal)? = error("whole-module.bin") else {
            Issue.record("a whole module must be refused")
            return
        }
        #expect(refusal.problem == .global("__main__.Network"))
        #expect(
            refusal.description.contains("data.pkl asks to call __main__.Network, which is not a tensor constructor"))
        #expect(refusal.description.contains("torch.save(model.state_dict(), …)"))
    }

    @Test("A missing tensor is named")
    func missing() throws {
        let file = try open("parameters.bin")
        let error = checkpointError { _ = try file.tensor("dense.wieght") }
        #expect(error == .noSuchTensor(file: file.path, tensor: "dense.wieght", count: 4))
    }
}
