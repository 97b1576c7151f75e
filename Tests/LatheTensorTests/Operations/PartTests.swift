import LatheTensor
import Testing

@Suite("Parts of tensors")
struct PartTests {
    private func address(_ tensor: Tensor) -> UnsafeRawPointer? { tensor.withUnsafeBytes { $0.baseAddress } }

    @Test(
        "A slice holds the part of its axis",
        arguments: [([7], 0), ([3, 5], 0), ([3, 5], 1), ([2, 3, 5], 1), ([2, 3, 5], 2), ([1, 5, 3], 1)])
    func slicing(shape: [Int], axis: Int) {
        let x = numbers(shape), reference = Reference(x)
        for lower in 0...shape[axis] {
            for upper in lower...shape[axis] {
                var size = shape
                size[axis] = upper - lower
                let expected = Reference(size) { index in
                    var source = index
                    source[axis] += lower
                    return reference[source]
                }
                expectClose(x.sliced(lower..<upper, axis: axis), expected, .exact)
                expectClose(x.sliced(lower..<upper, axis: axis - shape.count), expected, .exact)
            }
        }
    }

    @Test("A slice along the first axis shares memory")
    func sharing() throws {
        let x = numbers([7, 5])
        let start = try #require(address(x))
        #expect(address(x.sliced(3..<5)) == start + 3 * 5 * 4)
        #expect(address(x.selected(6)) == start + 6 * 5 * 4)
    }

    @Test("A slice of a slice counts from the slice")
    func nested() {
        let x = numbers([11, 3]), reference = Reference(x)
        let part = x.sliced(2..<9).sliced(3..<5)
        expectClose(part, Reference([2, 3]) { reference[$0[0] + 5, $0[1]] }, .exact)
        expectClose(part + 1, Reference([2, 3]) { reference[$0[0] + 5, $0[1]] + 1 }, .exact)
    }

    @Test("Selecting an index removes its axis")
    func selecting() {
        let x = numbers([2, 3, 5]), reference = Reference(x)
        for (axis, size) in [2, 3, 5].enumerated() {
            for index in 0..<size {
                let expected = Reference([2, 3, 5].removing(axis: axis)) { reference[$0.inserting(index, at: axis)] }
                expectClose(x.selected(index, axis: axis), expected, .exact)
            }
        }
    }

    @Test("The gradient of a part is zero elsewhere")
    func gradients() {
        for axis in 0..<3 {
            expectGradientsMatch([numbers([3, 5, 7])]) { $0[0].squared().sliced(1..<3, axis: axis) }
            expectGradientsMatch([numbers([3, 5, 7])]) { $0[0].squared().selected(2, axis: axis) }
        }
    }

    @Test("Concatenated tensors follow each other", arguments: [0, 1, 2, -1])
    func concatenating(axis: Int) {
        let resolved = axis < 0 ? axis + 3 : axis
        let parts = [1, 3, 0, 2].enumerated().map { number, size in
            var shape = [2, 3, 5]
            shape[resolved] = size
            return numbers(shape, seed: UInt64(number))
        }
        let whole = Tensor.concatenated(parts, axis: axis)
        #expect(whole.shape[resolved] == 6)
        expectClose(whole.sliced(0..<1, axis: axis), parts[0], .exact)
        expectClose(whole.sliced(1..<4, axis: axis), parts[1], .exact)
        expectClose(whole.sliced(4..<6, axis: axis), parts[3], .exact)
    }

    @Test("Concatenation has the right gradients", arguments: [0, 1, 2])
    func concatenationGradients(axis: Int) {
        var other = [2, 3, 5]
        other[axis] = 1
        expectGradientsMatch([numbers([2, 3, 5]), numbers(other, seed: 2)]) { x in
            Tensor.concatenated([x[0].squared(), x[1], x[0]], axis: axis).squared()
        }
    }

    @Test("Integers can be sliced and concatenated")
    func integers() {
        let x = Tensor([Int32(1), 2, 3, 4, 5, 6], shape: [2, 3])
        let y = Tensor.concatenated([x.sliced(1..<3, axis: 1), x.sliced(0..<1, axis: 1)], axis: 1)
        #expect(y.int32Array == [2, 3, 1, 5, 6, 4])
    }

    @Test("A part beyond the end and parts that do not fit are refused")
    func refused() async {
        await #expect(processExitsWith: .failure) { _ = Tensor.zeros([3]).sliced(2..<4) }
        await #expect(processExitsWith: .failure) { _ = Tensor.zeros([3]).sliced(0..<1, axis: 1) }
        await #expect(processExitsWith: .failure) { _ = Tensor.concatenated([.zeros([2, 3]), .zeros([2, 4])]) }
    }
}
