import LatheTasks
import LatheTensor

/// A file in memory.
func memoryFile(_ name: String, _ text: String) -> MappedFile {
    MappedFile(bytes: Array(text.utf8), name: name)
}

/// The message of the error that `body` throws, or nil.
func dataMessage(_ body: () throws -> Void) -> String? {
    do {
        try body()
        return nil
    } catch {
        return "\(error)"
    }
}

/// A class's example.
func classExample(_ text: String, _ pair: String? = nil, _ label: Int32) -> TextExample {
    TextExample(text: text, pair: pair, label: .classIndex(label))
}
