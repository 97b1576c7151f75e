import LatheCheckpoints

/// Instructions of pickles, record marks of zip archives, and what hostile files import.
private let torchTokens: [[UInt8]] =
    [
        [0x28], [0x74], [0x85], [0x86], [0x87], [0x52], [0x51], [0x62], [0x93], [0x94], [0x81], [0x2E], [0x7D], [0x5D],
        [0x29], [0x4E], [0x71, 0], [0x68, 0],
        [0x88], [0x89], [0x75], [0x73], [0x65], [0x61], [0x30], [0x32], [0x80, 2], [0x80, 4],
        [0x8A, 8, 0, 0, 0, 0, 0, 0, 0, 0x40], [0x8B, 0xFF, 0xFF, 0xFF, 0x7F],
        [0x58, 0xFF, 0xFF, 0xFF, 0x7F], [0x8D, 0, 0, 0, 0x80, 0, 0, 0, 0],
        [0x95, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], [0x4A, 0xFF, 0xFF, 0xFF, 0xFF],
        [0x50, 0x4B, 1, 2], [0x50, 0x4B, 3, 4], [0x50, 0x4B, 5, 6], [0x50, 0x4B, 6, 6], [0x50, 0x4B, 6, 7],
    ]
    + [
        "cos\nsystem\n", "cposix\nsystem\n", "cbuiltins\neval\n", "c__builtin__\ngetattr\n", "csubprocess\nPopen\n",
        "ctorch\nDoubleStorage\n",
        "ctorch._utils\n_rebuild_tensor_v2\n", "ccollections\nOrderedDict\n", "data.pkl", "../", "I2147483648\n",
        "L99999999999999999999L\n", "Vx\n",
    ].map { Array($0.utf8) }

/// Readers of checkpoints that are not safetensors.
func checkpointReaders(_ resources: Resources) throws -> [FuzzReader] {
    func seeds(_ names: String...) throws -> [[FuzzFile]] {
        try names.map { [FuzzFile("f", try resources.bytes("checkpoints/" + $0))] }
    }
    let index =
        #"{"metadata":{"total_size":288},"weight_map":{"encoder.weight":"a","encoder.bias":"a","head.weight":"b"}}"#
    return [
        FuzzReader(
            "torch-zip",
            seeds: try seeds(
                "parameters.bin", "types-4.bin", "views.bin", "new-types.bin", "module.bin", "wrapped.bin",
                "sharded-torch/pytorch_model-00001-of-00002.bin"),
            tokens: torchTokens, read: readTorch),
        FuzzReader(
            "torch-legacy", seeds: try seeds("legacy-4.bin", "legacy-types.bin", "legacy-views.bin"),
            tokens: torchTokens, read: readTorch),
        FuzzReader("pickle", seeds: pickles.map { [FuzzFile("f", $0)] }, tokens: torchTokens) { input in
            let pickle = try PickleReader.read(input[0].bytes, file: "f")
            let elements = pickle.containers.reduce(0) { $0 + $1.elements.count }
            try BrokenPromise.check(elements <= 4 * input[0].bytes.count, "\(elements) elements of containers")
        },
        FuzzReader(
            "shard-index", seeds: [[FuzzFile("f", index)]],
            tokens: jsonTokens + ["weight_map", "../", "..", "/", "\\\\"].map { Array($0.utf8) }
        ) { input in
            let index = try ShardIndex(bytes: input[0].bytes, name: "f")
            try BrokenPromise.check(
                index.shards.allSatisfy { !$0.contains("/") && $0 != ".." }, "a shard outside the directory")
        },
    ]
}

/// Opens a file of `torch.save` and touches every byte of every tensor.
@Sendable private func readTorch(_ input: [FuzzFile]) throws {
    let file = try TorchCheckpoint(bytes: input[0].bytes, name: "f")
    for entry in file.entries {
        guard let tensor = try? file.tensor(entry.name) else { continue }
        let touched = tensor.withUnsafeBytes { bytes in bytes.reduce(into: 0) { count, _ in count += 1 } }
        try BrokenPromise.check(
            touched == entry.elementCount * tensor.dtype.byteWidth, "\(entry.name) has \(touched) bytes")
    }
}

// MARK: Pickles

/// A dictionary of tensors in protocols 2 and 4, a list of plain values, and numbers of all kinds.
private let pickles: [[UInt8]] = {
    func text(_ text: String) -> [UInt8] { [0x58, UInt8(text.utf8.count), 0, 0, 0] + Array(text.utf8) }
    func tuple(_ items: [UInt8]...) -> [UInt8] { [0x28] + items.flatMap { $0 } + [0x74] }
    func global(_ module: String, _ name: String) -> [UInt8] { Array("c\(module)\n\(name)\n".utf8) }
    let storage = tuple(text("storage"), global("torch", "FloatStorage"), text("0"), text("cpu"), [0x4B, 6]) + [0x51]
    let tensor =
        global("torch._utils", "_rebuild_tensor_v2")
        + tuple(storage, [0x4B, 0], [0x4B, 2, 0x4B, 3, 0x86], [0x4B, 3, 0x4B, 1, 0x86], [0x89], [0x7D]) + [0x52]
    let dictionary =
        [0x7D, 0x71, 0, 0x28] + text("a") + tensor + [0x71, 1] + text("b") + [0x68, 1] + text("c")
        + tuple([0x4E], [0x88], [0x68, 1]) + [0x75]
    let ordered =
        global("collections", "OrderedDict") + [0x29, 0x52, 0x28] + text("w") + tensor + [0x75, 0x7D]
        + text("_metadata") + [0x7D, 0x73, 0x62]
    let numbers =
        [
            0x5D, 0x28, 0x4B, 7, 0x4D, 1, 2, 0x4A, 1, 2, 3, 0xFF, 0x8A, 2, 0xFF, 0x7F, 0x47, 0x3F, 0xF0, 0, 0, 0, 0, 0,
            0, 0x65,
        ] as [UInt8]
    return [
        [0x80, 2] + dictionary + [0x2E], [0x80, 4] + dictionary + [0x2E], [0x80, 2] + numbers + [0x2E],
        [0x80, 2] + ordered + [0x2E],
    ]
}()
