/// How many tokens a text may have: what the user wants, as far as the model takes it.
package enum SequenceLength {
    /// - Parameters:
    ///   - wanted: what was asked for; nil for `usual`, or as many as the model takes.
    ///   - usual: what is taken where nothing was asked for.
    ///   - limit: the most that the model takes.
    /// - Throws: `TaskError.lengthOutOfRange` unless the length lies in 2…`limit`.
    package static func of(_ wanted: Int?, usual: Int = .max, limit: Int) throws(TaskError) -> Int {
        let length = wanted ?? min(usual, limit)
        guard length >= 2, length <= limit else { throw .lengthOutOfRange(got: length, limit: limit) }
        return length
    }
}
