import LatheTensor
import Testing

@Suite("Tensors")
struct TensorTests {
    @Test("A tensor holds the values it is made of")
    func making() {
        #expect(Tensor([1.5, 2]).floatArray == [1.5, 2])
        #expect(Tensor([1.5, 2]).shape == [2])
        #expect(Tensor([Int32(1), 2], shape: [2, 1]).int32Array == [1, 2])
        #expect(Tensor([true, false]).boolArray == [true, false])
        #expect(Tensor(2.5).shape == [])
        #expect(Tensor(2.5).scalar == 2.5)
        #expect(Tensor([Float](), shape: [0, 3]).elementCount == 0)
    }

    @Test("Filled tensors hold one value", arguments: [[], [1], [3, 5], [40_009], [0, 2]])
    func filled(shape: [Int]) {
        expectClose(Tensor.full(shape, 2.5), Reference(shape) { _ in 2.5 }, .exact)
        expectClose(Tensor.zeros(shape), Reference(shape) { _ in 0 }, .exact)
        expectClose(Tensor.ones(shape), Reference(shape) { _ in 1 }, .exact)
    }

    @Test("A tensor knows its sizes")
    func sizes() {
        let x = Tensor.zeros([2, 3, 5]).cast(to: .bfloat16)
        #expect(x.rank == 3)
        #expect(x.elementCount == 30)
        #expect(x.byteCount == 60)
        #expect(x.dtype == .bfloat16)
    }

    @Test("Bytes go in and come out as they are")
    func bytes() {
        let values: [Int64] = [1, -2, .max]
        let tensor = values.withUnsafeBytes { Tensor(bytes: $0, shape: [3], dtype: .int64) }
        #expect(tensor.withUnsafeBytes { Array($0.bindMemory(to: Int64.self)) } == values)
    }

    @Test("Borrowed bytes are not copied, and live as long as the tensor")
    func borrowing() {
        var owner: BorrowedFloats? = BorrowedFloats([1, 2, 3])
        weak let watched = owner
        var tensor = owner?.tensor()
        owner = nil
        #expect(watched != nil)
        #expect(tensor?.floatArray == [1, 2, 3])
        #expect(tensor.map { ($0 * 2).floatArray } == [2, 4, 6])
        tensor = nil
        #expect(watched == nil)
    }

    @Test("Tensors are values: an operation changes no operand")
    func values() {
        let x = Tensor([1.0, 2]), y = x
        _ = (x * 3).relu()
        #expect(y.floatArray == [1, 2])
    }

    @Test("Types know their width and kind")
    func types() {
        #expect(DType.allCases.map(\.byteWidth) == [4, 2, 2, 8, 4, 1, 1, 1])
        #expect(DType.allCases.filter(\.isFloatingPoint) == [.float32, .bfloat16, .float16])
    }

    @Test("Values, bytes and types that do not fit are refused")
    func refused() async {
        await #expect(processExitsWith: .failure) { _ = Tensor([1.0, 2], shape: [3]) }
        await #expect(processExitsWith: .failure) { _ = Tensor([1.0, 2]).int32Array }
        await #expect(processExitsWith: .failure) { _ = Tensor([1.0, 2]).scalar }
        await #expect(processExitsWith: .failure) { _ = Tensor([Int32(1)]) + Tensor([Int32(1)]) }
    }
}
