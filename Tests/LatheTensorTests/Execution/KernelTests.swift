import LatheTensor
import Testing

@Suite("Kernels")
struct KernelTests {
    @Test("The kernels in use have a name and know the CPU")
    func names() {
        #expect(Kernels.problem == nil)
        #expect(["portable", "avx2", "avx512", "amx", "neon"].contains(Kernels.isa))
        #expect(Set(Kernels.cpuFeatures).count == Kernels.cpuFeatures.count)
    }
}
