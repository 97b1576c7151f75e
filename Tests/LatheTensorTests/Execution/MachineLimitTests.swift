import LatheTensor
import Testing

struct MachineLimitTests {
    @Test(arguments: [PackedMatrix.Arithmetic.float32, .bfloat16, .integer(ActivationGrid())])
    func everyArithmeticHasALimit(arithmetic: PackedMatrix.Arithmetic) {
        let rate = ArithmeticLimit(arithmetic).measure(seconds: 1e-3)
        #expect(rate.isFinite && rate > 1e6)
    }

    @Test func memoryHasALimit() {
        let rate = MemoryLimit(byteCount: 4 << 20).measure()
        #expect(rate.isFinite && rate > 1e6)
    }
}
