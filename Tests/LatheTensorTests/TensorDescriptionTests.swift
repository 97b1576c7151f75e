import LatheTensor
import Testing

@Suite("Descriptions of tensors")
struct TensorDescriptionTests {
    @Test("Shape, type and the first elements are shown")
    func floats() {
        #expect("\(Tensor([0.5, -1, 2], shape: [3, 1]))" == "Tensor [3, 1] float32: 0.5, -1.0, 2.0")
        #expect("\(Tensor((0..<9).map(Float.init)))" == "Tensor [9] float32: 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, …")
        #expect("\(Tensor(3))" == "Tensor [] float32: 3.0")
        #expect("\(Tensor.zeros([0, 4]))" == "Tensor [0, 4] float32")
    }

    @Test("Elements of every type are read as what they are")
    func types() {
        #expect("\(Tensor([-7, 8] as [Int32]))" == "Tensor [2] int32: -7, 8")
        #expect("\(Tensor([true, false]))" == "Tensor [2] bool: true, false")
        let numbers = Tensor([1.5, -0.25, 65504, 0x1p-24, 0])
        #expect("\(numbers.cast(to: .float16))" == "Tensor [5] float16: 1.5, -0.25, 65504.0, 5.9604645e-08, 0.0")
        #expect("\(Tensor([1.5, -0.25]).cast(to: .bfloat16))" == "Tensor [2] bfloat16: 1.5, -0.25")
        #expect("\(Tensor([3, -4] as [Float]).cast(to: .int8))" == "Tensor [2] int8: 3, -4")
        #expect("\(Tensor([3, 4] as [Float]).cast(to: .uint8))" == "Tensor [2] uint8: 3, 4")
        #expect("\(Tensor([3, 4] as [Float]).cast(to: .int64))" == "Tensor [2] int64: 3, 4")
    }
}
