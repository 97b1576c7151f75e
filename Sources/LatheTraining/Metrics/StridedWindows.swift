/// Cuts a text that is longer than a model's context into overlapping windows, so that each token is scored once with
/// as much context as the stride leaves it.
///
/// As in Hugging Face's guide to perplexity: window `k` begins at token `k · stride` and has `length` tokens; scored
/// are those that no window before it had. The text's first token has no context and is never scored. (The guide's
/// count of tokens is one less in each window, an approximation; here the tokens themselves are named.)
///
/// ```swift
/// for window in StridedWindows(tokenCount: 10, length: 6, stride: 3) { … }
/// // tokens 0..<6 scored 1..<6;  3..<9 scored 6..<9;  6..<10 scored 9..<10
/// ```
package struct StridedWindows: Sequence, Sendable {
    /// One pass of the model.
    package struct Window: Equatable, Sendable {
        /// The tokens that the model sees, as places in the text.
        package let tokens: Range<Int>
        /// Those of them that are scored, as places in the text. The prediction of token `t` stands in the model's
        /// output at `t - 1 - tokens.lowerBound`.
        package let scored: Range<Int>

        /// Makes a window.
        package init(tokens: Range<Int>, scored: Range<Int>) {
            self.tokens = tokens
            self.scored = scored
        }
    }

    /// The text's length in tokens.
    package let tokenCount: Int
    /// The longest window.
    package let length: Int
    /// The distance of windows. A stride of `length` would leave each window's first token without context, so it is
    /// one less then.
    package let stride: Int

    /// The windows for a text of `tokenCount` tokens.
    /// - Precondition: `tokenCount >= 0`, `length >= 2`, and `stride` is in `1...length`.
    package init(tokenCount: Int, length: Int, stride: Int) {
        precondition(
            tokenCount >= 0 && length >= 2 && (1...length).contains(stride),
            "\(tokenCount) tokens in windows of \(length), \(stride) apart")
        self.tokenCount = tokenCount
        self.length = length
        self.stride = Swift.min(stride, length - 1)
    }

    /// The windows in the order of the text; none for a text of fewer than two tokens.
    package func makeIterator() -> AnyIterator<Window> {
        var begin = 0
        var scoredEnd = 1
        return AnyIterator {
            guard scoredEnd < tokenCount else { return nil }
            let end = length < tokenCount - begin ? begin + length : tokenCount
            let window = Window(tokens: begin..<end, scored: scoredEnd..<end)
            begin += stride
            scoredEnd = end
            return window
        }
    }
}
