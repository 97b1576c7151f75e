import LatheTensor
import Testing

@Suite("Key-value cache")
struct KeyValueCacheTests {
    private let tokens = 13, heads = 3, headSize = 5
    private var width: Int { heads * headSize }
    private var options: AttentionOptions { AttentionOptions(heads: heads) }

    /// Query, key and value `[1, tokens, width]`.
    private var inputs: [Tensor] { (1...3).map { numbers([1, tokens, width], seed: UInt64($0)) } }

    /// Attention of all tokens at once, without a cache.
    private var expected: Tensor {
        var options = options
        options.isCausal = true
        return Tensor.attention(query: inputs[0], key: inputs[1], value: inputs[2], options: options)
    }

    private func part(_ x: Tensor, _ range: Range<Int>) -> Tensor {
        x.selected(0).sliced(range).reshaped([1, range.count, -1])
    }

    /// Gives the cache the tokens `range`.
    private func append(_ range: Range<Int>, to cache: KeyValueCache, fused: Bool = false) -> Tensor {
        let x = inputs.map { part($0, range) }
        if fused {
            return Tensor.attention(
                queryKeyValue: Tensor.concatenated(x, axis: 2), appendingTo: cache, options: options)
        }
        return Tensor.attention(query: x[0], key: x[1], value: x[2], appendingTo: cache, options: options)
    }

    @Test(
        "Tokens one by one, in chunks and all at once give what attention without a cache gives",
        arguments: [Array(repeating: 1, count: 13), [5, 1, 4, 3], [6, 7], [13]], [false, true])
    func chunks(counts: [Int], fused: Bool) {
        let cache = KeyValueCache(capacity: tokens, width: width)
        let outputs = counts.map { append(cache.count..<cache.count + $0, to: cache, fused: fused) }
        #expect(cache.count == tokens)
        expectClose(Tensor.concatenated(outputs, axis: 1), expected, .sum)
    }

    @Test("The same in bf16, within its rounding")
    func bfloat16() {
        withPrecision(.bfloat16) {
            let cache = KeyValueCache(capacity: tokens, width: width)
            let outputs = [append(0..<6, to: cache), append(6..<13, to: cache)]
            expectClose(Tensor.concatenated(outputs, axis: 1), expected, .bfloat16)
        }
    }

    @Test("After truncation and reset, other tokens take the place of the forgotten ones")
    func truncation() {
        let cache = KeyValueCache(capacity: tokens + 5, width: width)
        _ = append(0..<9, to: cache)
        _ = append(0..<4, to: cache)
        cache.truncate(to: 9)
        #expect(cache.count == 9)
        expectClose(append(9..<13, to: cache), part(expected, 9..<13), .sum)
        cache.reset()
        #expect(cache.count == 0)
        expectClose(append(0..<tokens, to: cache), expected, .sum)
    }

    @Test("The scale can be given")
    func scale() {
        let cache = KeyValueCache(capacity: 2, width: width), x = inputs.map { part($0, 0..<2) }
        var options = options
        (options.scale, options.isCausal) = (0.25, true)
        expectClose(
            Tensor.attention(query: x[0], key: x[1], value: x[2], appendingTo: cache, options: options),
            Tensor.attention(query: x[0], key: x[1], value: x[2], options: options), .sum)
    }

    @Test("Tokens beyond the capacity, another width, and recorded inputs are refused")
    func refused() async {
        await #expect(processExitsWith: .success) { attend(tokens: 4, width: 4) }
        await #expect(processExitsWith: .failure) { attend(tokens: 5, width: 4) }
        await #expect(processExitsWith: .failure) { attend(tokens: 4, width: 8) }
        await #expect(processExitsWith: .failure) {
            let x = Parameter(.zeros([1, 1, 12]))
            _ = Tensor.attention(
                queryKeyValue: x.value, appendingTo: KeyValueCache(capacity: 4, width: 4),
                options: AttentionOptions(heads: 2))
        }
        await #expect(processExitsWith: .failure) { KeyValueCache(capacity: 4, width: 4).truncate(to: 1) }
    }
}

/// Gives tokens to a cache of width 4 that has room for four.
private func attend(tokens: Int, width: Int) {
    let x = Tensor.zeros([1, tokens, 3 * width])
    _ = Tensor.attention(
        queryKeyValue: x, appendingTo: KeyValueCache(capacity: 4, width: 4), options: AttentionOptions(heads: 2))
}
