import LatheFiles
import LatheTensor

/// Makes a small task's training file larger: copies of its examples in which some words are replaced, as TinyBERT
/// (arXiv:1909.10351) and XTC (arXiv:2206.01859) do.
///
/// A word's candidates are the likeliest ones where an encoder finds it masked, with the text as it was beside it; for
/// words of several pieces, and where the encoder has no head that guesses masked words, the nearest ones by embedding.
/// Function words, numbers and punctuation stay.
///
/// ```swift
/// var request = DataAugmentation(model: "bert-base-uncased", task: .rte, data: "RTE/train.tsv", output: "RTE/augmented.tsv")
/// request.copies = 10
/// let summary = try request.run()
/// ```
package struct DataAugmentation {
    /// The directory of the encoder and its tokenizer.
    package var model: String
    package var task: GlueTask
    /// A TSV file in the task's layout, or a directory with GLUE's names.
    package var data: String
    /// The file to write; its directory must exist.
    package var output: String
    /// The most copies of an example; one that comes out like another is left out.
    package var copies = 20
    /// How likely each word of a copy is replaced.
    package var probability = 0.4
    /// The most candidates of a word, each as likely as the others.
    package var candidates = 15
    /// Decides what is replaced, and by what.
    package var seed: UInt64 = 42
    /// The columns to alter; nil for the task's texts.
    package var columns: [String]?

    package init(model: String, task: GlueTask, data: String, output: String) {
        (self.model, self.task, self.data, self.output) = (model, task, data, output)
    }

    /// What came of it.
    package struct Summary: Sendable {
        /// Examples of the data, which come first in the file.
        package let originalCount: Int
        package let copyCount: Int
        /// Whether the encoder guesses masked words; otherwise all candidates are neighbours by embedding.
        package let predictsMaskedWords: Bool
        /// Bytes of the file.
        package let byteCount: Int
        package let seconds: Double
    }

    /// Examples whose candidates are looked for together.
    private static let blockSize = 64

    /// Writes the file, whole or not at all. The same seed gives the same file, whatever the number of threads.
    /// - Parameter report: hears how many examples are done.
    /// - Throws: what is wrong with model or data, before anything is written; `OutputLockError` while another run
    ///   writes the file; `FileError`.
    package func run(report: (_ done: Int, _ total: Int) -> Void = { _, _ in }) throws -> Summary {
        try OutputLock.holding(file: output) { try augment(report) }
    }

    private func augment(_ report: (_ done: Int, _ total: Int) -> Void) throws -> Summary {
        precondition(
            copies > 0 && candidates > 0 && (0...1).contains(probability),
            "copies \(copies), candidates \(candidates), probability \(probability)")
        let start = ContinuousClock.now,
            data = TextFiles([data], task: .glue(task), columns: TextColumns(), part: .train).paths[0]
        if ResolvedPath.of(data) == ResolvedPath.of(output) { throw AugmentationError.sameFile(path: output) }
        let table = try AugmentationTable(data, task: task, columns: columns)
        var replacer = try WordReplacer(directory: model, count: candidates), random = SplitMix64(seed: seed)
        var copyCount = 0, byteCount = 0
        try AtomicFile.write(to: output) { file in
            if let header = table.header { try file.write(header) }
            for row in table.rows { try file.write(AugmentationTable.line(row)) }
            for first in stride(from: 0, to: table.usable.count, by: Self.blockSize) {
                let block = table.usable[first..<min(first + Self.blockSize, table.usable.count)]
                let choices = try replacer.choices(
                    for: block.flatMap { row in table.columns.map { table.rows[row][$0] } })
                for (place, row) in block.enumerated() {
                    let own = Array(choices[place * table.columns.count..<(place + 1) * table.columns.count])
                    for copy in altered(table.rows[row], table.columns, own, &random) {
                        try file.write(AugmentationTable.line(copy))
                        copyCount += 1
                    }
                }
                report(first + block.count, table.usable.count)
            }
            byteCount = file.byteCount
        }
        return Summary(
            originalCount: table.usable.count, copyCount: copyCount, predictsMaskedWords: replacer.predictsMaskedWords,
            byteCount: byteCount,
            seconds: (ContinuousClock.now - start) / .seconds(1))
    }

    /// Copies of a row with other words, no two alike.
    /// - Parameter choices: what may stand where, for each of `columns`.
    private func altered(
        _ row: [String], _ columns: [Int], _ choices: [[WordReplacer.Choice]], _ random: inout SplitMix64
    ) -> [[String]] {
        var copies: [[String]] = [], known: Set = [row]
        for _ in 0..<self.copies {
            var copy = row
            for (column, choices) in zip(columns, choices) {
                var replacements: [(word: TextWord, by: String)] = []
                for choice in choices {
                    let isReplaced = Double(random.next() >> 11) * 0x1p-53 < probability,
                        candidate = random.integer(below: choice.candidates.count)
                    if isReplaced { replacements.append((choice.word, choice.candidates[candidate])) }
                }
                copy[column] = TextWord.replacing(replacements, in: row[column])
            }
            if known.insert(copy).inserted { copies.append(copy) }
        }
        return copies
    }
}
