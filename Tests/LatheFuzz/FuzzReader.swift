/// One file of an input.
struct FuzzFile: Sendable {
    var name: String
    var bytes: [UInt8]
    /// Whether the mutations reach it; the others stand beside it.
    var isDamaged = true
    /// Whether it is a safetensors file, whose header is best damaged without its length.
    var isSafetensors = false

    init(_ name: String, _ bytes: [UInt8], isDamaged: Bool = true, isSafetensors: Bool = false) {
        (self.name, self.bytes, self.isDamaged, self.isSafetensors) = (name, bytes, isDamaged, isSafetensors)
    }

    init(_ name: String, _ text: String) { self.init(name, Array(text.utf8)) }
}

/// A reader of files from strangers, with valid inputs to damage.
struct FuzzReader: Sendable {
    /// What the command line calls it.
    let name: String
    /// Inputs that it takes; each is one file or several.
    let seeds: [[FuzzFile]]
    /// Pieces of the format that a random byte would seldom hit.
    let tokens: [[UInt8]]
    /// Reads an input to its last byte. An error that it throws is a refusal; a `BrokenPromise` is a finding.
    let read: @Sendable (_ input: [FuzzFile]) throws -> Void

    init(
        _ name: String, seeds: [[FuzzFile]], tokens: [[UInt8]],
        read: @escaping @Sendable (_ input: [FuzzFile]) throws -> Void
    ) {
        (self.name, self.seeds, self.tokens, self.read) = (name, seeds, tokens, read)
    }
}

/// What a reader gave is not what it promises.
struct BrokenPromise: Error, CustomStringConvertible {
    let description: String

    /// - Throws: itself, unless `holds`.
    static func check(_ holds: Bool, _ description: @autoclosure () -> String) throws {
        if !holds { throw BrokenPromise(description: description()) }
    }
}

/// All readers, by area.
func allReaders(resources: Resources) throws -> [FuzzReader] {
    try serializationReaders() + checkpointReaders(resources) + tokenizerReaders(resources) + modelReaders(resources)
        + usageReaders() + packedReaders(resources) + dataReaders()
        + trainingReaders() + configReaders() + layerReaders(resources) + recordReaders()
}
