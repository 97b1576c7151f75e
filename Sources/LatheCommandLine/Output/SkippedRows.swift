import LatheTraining
import Synchronization

/// Shows, on stderr, how many rows of a data file were left out: once for each file, whatever command reads it and
/// however often.
final class SkippedRows: Sendable {
    private let shown = Mutex<Set<String>>([])

    func show(_ file: DatasetFile) {
        guard shown.withLock({ $0.insert(file.path).inserted }) else { return }
        let count = file.skippedRowCount
        Console.current.warn(
            "\(file.path): \(count) \(count == 1 ? "row" : "rows") left out, \(file.examples.count) read")
    }
}
