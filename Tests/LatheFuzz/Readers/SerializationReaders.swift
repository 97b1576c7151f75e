import LatheCheckpoints
import LatheFiles
import LatheHub

/// What any JSON text is full of.
let jsonTokens = [
    "[", "]", "{", "}", ",", ":", "\"", "\\u", "\\ud800", "null", "true", "\"\":", "{\"a\":1}", "[1,2]", "[[[[[[[[",
    "1e9", "-1",
].map { Array($0.utf8) }

/// The content of a safetensors file.
func safetensors(_ header: String, _ data: [UInt8] = []) -> [UInt8] {
    SafetensorsFrame.bytes(header: Array(header.utf8), data: data)
}

/// Readers of the formats that others are built on.
func serializationReaders() -> [FuzzReader] {
    let names = [
        "dtype", "shape", "data_offsets", "__metadata__", "F32", "F64", "BOOL", "BF16", "F8_E4M3", "[0,0]",
        "9223372036854775807",
    ]
    let files = [
        safetensors("{}      "), safetensors(#"{"__metadata__":{"format":"pt","a\n\u00e9":"\ud83e\udd89"}}"#),
        safetensors(
            #"{"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"b":{"dtype":"I64","shape":[],"data_offsets":[8,16]}}  "#,
            Array(0..<16)),
        safetensors(
            #"{"__metadata__":{"k":"v"},"x":{"dtype":"BOOL","shape":[3],"data_offsets":[0,3]},"y":{"dtype":"F8_E4M3","shape":[0,7],"data_offsets":[3,3]},"#
                + #""é":{"dtype":"BF16","shape":[1,1,1],"data_offsets":[3,5]}}"#, Array(0..<5)),
    ]
    let texts = [
        #"{"a": [1, -2.5e3, true, null, "x\n\u00e9\ud83e\udd89"], "b": {"c": {}}, "": []}"#, "[[[[]]], 0, 1E-7]",
        "\"text\"", "-0",
    ]
    return [
        FuzzReader(
            "safetensors", seeds: files.map { [FuzzFile("f", $0, isSafetensors: true)] },
            tokens: jsonTokens + names.map { Array($0.utf8) },
            read: readSafetensors),
        FuzzReader("json", seeds: texts.map { [FuzzFile("f", $0)] }, tokens: jsonTokens) { input in
            let value = try StrictJSON.parse(input[0].bytes)
            try BrokenPromise.check(try StrictJSON.parse(value.text()) == value, "does not read back what it writes")
        },
        FuzzReader(
            "hub-listing", seeds: hubListings.map { [FuzzFile("f", $0)] },
            tokens: jsonTokens + ["../", "/", "\\\\", "sha", "siblings"].map { Array($0.utf8) }
        ) { input in
            let listing = try HubListing(
                try StrictJSON.parse(input[0].bytes), repository: "org/name", url: "http://hub")
            let leadsOut = listing.files.contains { $0.hasPrefix("/") || $0.split(separator: "/").contains("..") }
            try BrokenPromise.check(!leadsOut, "a file's name leads out of its directory")
        },
    ]
}

private let hubListings = [
    #"{"_id":"6","id":"org/name","private":false,"sha":"0123456789abcdef0123456789abcdef01234567","siblings":[{"rfilename":".gitattributes"},"#
        + #"{"rfilename":"config.json"},{"rfilename":"onnx/model.onnx"},{"rfilename":"model.safetensors","size":7}],"tags":["a"]}"#
]

/// Opens a safetensors file and touches every byte of every tensor.
@Sendable private func readSafetensors(_ input: [FuzzFile]) throws {
    let file = try SafetensorsFile(bytes: input[0].bytes, name: "f")
    var total = 0
    for entry in file.entries {
        let touched = try file.withBytes(of: entry.name) { bytes in bytes.reduce(into: 0) { count, _ in count += 1 } }
        try BrokenPromise.check(
            touched == entry.shape.reduce(entry.type.byteWidth, *), "\(entry.name) has \(touched) bytes")
        total += touched
        _ = try? file.tensor(entry.name).cast(to: .float32)
    }
    try BrokenPromise.check(
        total <= input[0].bytes.count, "tensors of \(total) bytes in a file of \(input[0].bytes.count)")
}
