import LatheTensor
import Testing

@Suite("Shapes and order of axes")
struct LayoutTests {
    /// Where the first element lies, to see whether memory is shared.
    private func address(_ tensor: Tensor) -> UnsafeRawPointer? { tensor.withUnsafeBytes { $0.baseAddress } }

    @Test("Reshaping keeps the order of the elements and shares memory")
    func reshaping() {
        let x = numbers([2, 3, 5])
        let y = x.reshaped([5, 6])
        expectClose(y, Reference(shape: [5, 6], values: Reference(x).values), .exact)
        #expect(address(x) == address(y))
    }

    @Test("One size can be left open")
    func openSize() {
        let x = numbers([2, 3, 5])
        #expect(x.reshaped([-1]).shape == [30])
        #expect(x.reshaped([3, -1]).shape == [3, 10])
        #expect(x.reshaped([2, 3, -1, 5]).shape == [2, 3, 1, 5])
        #expect(Tensor(1).reshaped([-1]).shape == [1])
    }

    @Test("A shape of another size is refused")
    func refused() async {
        await #expect(processExitsWith: .failure) { _ = Tensor.zeros([2, 3]).reshaped([4]) }
        await #expect(processExitsWith: .failure) { _ = Tensor.zeros([2, 3]).reshaped([4, -1]) }
    }

    @Test("The gradient of a reshaped tensor has the original shape")
    func reshapeGradient() {
        expectGradientsMatch([numbers([2, 3, 5])]) { $0[0].squared().reshaped([5, -1]) }
    }

    private static let orders: [([Int], [Int])] = [
        ([], []), ([7], [0]), ([3, 5], [0, 1]), ([3, 5], [1, 0]), ([1, 5], [1, 0]), ([2, 3, 5], [0, 2, 1]),
        ([2, 3, 5], [1, 0, 2]),
        ([2, 3, 5], [2, 1, 0]),
        ([2, 3, 5], [1, 2, 0]), ([2, 3, 5, 7], [0, 2, 1, 3]), ([2, 3, 5, 7], [3, 1, 2, 0]),
        ([2, 3, 5, 7], [0, 1, 3, 2]), ([67, 3, 131], [1, 0, 2]),
        ([67, 131], [1, 0]), ([3, 129, 257], [0, 2, 1]), ([31, 29, 61], [2, 0, 1]), ([0, 3], [1, 0]),
    ]

    @Test("Axes can be put in any order", arguments: orders)
    func permuting(shape: [Int], order: [Int]) {
        let x = numbers(shape), reference = Reference(x)
        let expected = Reference(order.map { shape[$0] }) { index in
            var source = index
            for (axis, original) in order.enumerated() { source[original] = index[axis] }
            return reference[source]
        }
        expectClose(x.permuted(order), expected, .exact)
    }

    @Test(
        "Axes of other types than float32 can be put in any order", arguments: [DType.int32, .int64, .bfloat16, .uint8])
    func permutingTypes(type: DType) {
        let x = wholeNumbers([3, 5, 7], below: 100), reference = Reference(x)
        let expected = Reference([7, 3, 5]) { reference[$0[1], $0[2], $0[0]] }
        expectClose(x.cast(to: type).permuted([2, 0, 1]), expected, .exact, dtype: type)
        let transposed = Reference([3, 7, 5]) { reference[$0[0], $0[2], $0[1]] }
        expectClose(x.cast(to: type).transposed(), transposed, .exact, dtype: type)
    }

    @Test("Transposing exchanges the last two axes")
    func transposing() {
        let x = numbers([2, 3, 5]), reference = Reference(x)
        expectClose(x.transposed(), Reference([2, 5, 3]) { reference[$0[0], $0[2], $0[1]] }, .exact)
    }

    @Test(
        "The gradient of another order of axes returns to the first",
        arguments: orders.filter { (1..<300).contains($0.0.elementCount) })
    func permuteGradient(shape: [Int], order: [Int]) {
        expectGradientsMatch([numbers(shape)]) { $0[0].squared().permuted(order) }
    }

    @Test("An order that names an axis twice is refused")
    func wrongOrder() async {
        await #expect(processExitsWith: .failure) { _ = Tensor.zeros([2, 3]).permuted([0, 0]) }
    }

    @Test("A copy has memory of its own")
    func copying() {
        let x = numbers([3, 5])
        expectClose(x.copy(), x, .exact)
        #expect(address(x.copy()) != address(x))
    }
}
