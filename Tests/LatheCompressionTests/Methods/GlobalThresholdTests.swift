import LatheTensor
import Testing

@testable import LatheCompression

@Suite("One threshold over all layers")
struct GlobalThresholdTests {
    private func masks(_ layers: [[Float]], _ share: Double, limit: Double = 0.98) -> [[Float]]? {
        GlobalThreshold.masks(of: layers.map { Tensor($0, shape: [1, $0.count]) }, pruning: share, limit: limit)?.map(
            \.floatArray)
    }

    @Test("The smallest of all units go, wherever they are, and all that equal the last of them")
    func threshold() {
        #expect(masks([[1, 8, 3, 9], [7, 2, 6, 5, 4, 10]], 0.5) == [[0, 1, 0, 1], [1, 0, 1, 0, 0, 1]])
        #expect(masks([[1, 8, 3, 9], [7, 2, 6, 5, 4, 10]], 0.49) == [[0, 1, 0, 1], [1, 0, 1, 1, 0, 1]])
        #expect(masks([[1, 2, 2, 9], [2, 5]], 0.34) == [[0, 0, 0, 1], [0, 1]])
    }

    @Test("Less than one unit changes nothing")
    func nothing() {
        #expect(masks([[1, 2], [3, 4]], 0) == nil)
        #expect(masks([[1, 2], [3, 4]], 0.24) == nil)
        #expect(masks([[1, 2], [3, 4]], 0.25) == [[0, 1], [1, 1]])
    }

    @Test("A layer that would lose too much loses just the limit, and the others make up for it")
    func limit() {
        // Six of twelve units; the first layer would lose all its four, and may lose three, so the second loses three.
        let layers: [[Float]] = [[1, 2, 3, 4], [5, 6, 7, 8, 9, 10, 11, 12]]
        #expect(masks(layers, 0.5, limit: 0.75) == [[0, 0, 0, 1], [0, 0, 0, 1, 1, 1, 1, 1]])
        #expect(masks(layers, 0.5, limit: 1) == [[0, 0, 0, 0], [0, 0, 1, 1, 1, 1, 1, 1]])
        #expect(masks(layers, 1, limit: 0.75) == [[0, 0, 0, 1], [0, 0, 0, 0, 0, 0, 1, 1]])
    }
}
