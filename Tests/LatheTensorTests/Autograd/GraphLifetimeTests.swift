import LatheTensor
import LatheTestFiles
import Testing

@Suite("Lifetime of computations")
struct GraphLifetimeTests {
    @Test("A chain of 20,000 operations runs backward without overflowing the stack")
    func deepBackward() {
        let x = Parameter(Tensor([1.0]))
        var y = x.value
        for _ in 0..<20_000 { y = y * 1 + 0 }
        y.sum().backward()
        #expect(x.gradient?.floatArray == [1])
    }

    @Test("A chain of 200,000 operations can be dropped without running backward", .tags(.slow), .unlessQuick)
    func deepRelease() {
        let x = Parameter(Tensor([1.0]))
        do {
            var y = x.value
            // Products keep their operands, sums do not, the two-sided product holds its operand twice.
            for step in 0..<200_000 { y = step % 3 == 0 ? y * y : step % 3 == 1 ? y + 0 : x.value * y }
            #expect(y.needsGradient)
        }
        #expect(x.gradient == nil)
    }

    @Test("Operations that did not take part in the loss are freed as well", .tags(.slow), .unlessQuick)
    func unusedBranch() {
        let x = Parameter(Tensor([1.0]))
        var unused = x.value
        for _ in 0..<200_000 { unused = unused * 1 }
        x.value.sum().backward()
        unused = x.detached
        #expect(x.gradient?.floatArray == [1])
    }

    @Test("What a computation kept is freed while backward() runs")
    func freedDuringBackward() async {
        await #expect(processExitsWith: .success) {
            // Ten squares keep ten inputs of 4 MB; two gradients are alive at a time, and inputs go as they are used.
            let size = 1 << 20, byteCount = 4 * size
            let x = Parameter(Tensor.ones([size]))
            var y = x.value
            for _ in 0..<10 { y = y.squared() }
            let loss = y.sum()
            y = x.detached
            let before = MemoryPool.shared.statistics.bytesInUse
            #expect(before >= 10 * byteCount)
            MemoryPool.shared.resetPeak()
            loss.backward()
            let after = MemoryPool.shared.statistics
            #expect(after.peakBytesInUse <= before + 3 * byteCount)
            #expect(after.bytesInUse <= 3 * byteCount)
        }
    }

    @Test("Sums, shape changes and parts keep no operands for their gradient")
    func operandsNotKept() async {
        await #expect(processExitsWith: .success) {
            let size = 1 << 18, byteCount = 4 * size
            let x = Parameter(Tensor.ones([size]))
            var y = x.value
            for _ in 0..<10 {
                y = y + 1
                y = y - Tensor.ones([size])
                y = y.reshaped([2, -1]).permuted([1, 0]).reshaped([-1])
                y = Tensor.concatenated([y.sliced(0..<size / 2), y.sliced(size / 2..<size)])
                y = y * 2
            }
            // The parameter, the last result, and little else.
            #expect(MemoryPool.shared.statistics.bytesInUse < 3 * byteCount)
            y.sum().backward()
            #expect(x.gradient?.floatArray.first == 1024)
        }
    }

    @Test("A computation that is dropped gives its memory back")
    func dropped() async {
        await #expect(processExitsWith: .success) {
            let x = Parameter(Tensor.ones([1 << 18]))
            let before = MemoryPool.shared.statistics.bytesInUse
            do {
                var y = x.value
                for _ in 0..<10 { y = y.squared() }
                #expect(MemoryPool.shared.statistics.bytesInUse > before)
            }
            #expect(MemoryPool.shared.statistics.bytesInUse == before)
        }
    }
}
