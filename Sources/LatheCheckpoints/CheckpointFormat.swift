import LatheFiles

/// What the first bytes of a file say about it.
enum CheckpointFormat {
    case safetensors
    case zip
    case pickle
    /// The text that stands in for a file that Git LFS has not fetched.
    case largeFilePointer

    /// The format of `file`, or nil when it begins like none of them.
    init?(of file: MappedFile) {
        let format: CheckpointFormat? = file.withUnsafeBytes { bytes in
            if bytes.starts(with: "PK\u{3}\u{4}".utf8) { return .zip }
            if bytes.starts(with: "version https://git-lfs".utf8) { return .largeFilePointer }
            if bytes.count > 8, bytes[8] == UInt8(ascii: "{") { return .safetensors }
            if bytes.first == PickleOpcode.protocolVersion.rawValue { return .pickle }
            return nil
        }
        guard let format else { return nil }
        self = format
    }
}
