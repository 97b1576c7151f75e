import LatheTensor
import Testing

/// One training step of a small network.
private func trainingStep(_ weights: [Parameter], _ input: Tensor, _ labels: Tensor) {
    let hidden = input.linear(weights[0].value, activation: .gelu)
    hidden.linear(weights[1].value).crossEntropy(labels).backward()
    for weight in weights {
        var velocity: [Tensor] = []
        let numbers = MomentumUpdate(
            learningRate: 0.1, momentum: 0, isNesterov: false, weightDecay: 0, gradientScale: 1)
        if let gradient = weight.gradient { weight.update(numbers, gradient: gradient, velocity: &velocity) }
        weight.gradient = nil
    }
}

/// Each test runs in a process of its own, where nothing else uses the pool.
@Suite("Memory pool")
struct MemoryPoolTests {
    @Test("A training step, after the first, asks the system for nothing")
    func repeatedStep() async {
        await #expect(processExitsWith: .success) {
            let weights = [Parameter(numbers([300, 100])), Parameter(numbers([10, 300], seed: 2))]
            let input = numbers([70, 100], seed: 3), labels = wholeNumbers([70], below: 10)
            trainingStep(weights, input, labels)
            let before = MemoryPool.shared.statistics
            for _ in 0..<3 { trainingStep(weights, input, labels) }
            let after = withExtendedLifetime((weights, input, labels)) { MemoryPool.shared.statistics }
            #expect(after.systemAllocations == before.systemAllocations)
            #expect(after.bytesInUse == before.bytesInUse)
        }
    }

    @Test("A freed buffer is handed out again for a size near its own")
    func reuse() async {
        await #expect(processExitsWith: .success) {
            let pool = MemoryPool.shared
            _ = Tensor.zeros([1000])
            let before = pool.statistics
            _ = Tensor.zeros([1001])
            #expect(pool.statistics.systemAllocations == before.systemAllocations)
            _ = Tensor.zeros([2000])
            #expect(pool.statistics.systemAllocations == before.systemAllocations + 1)
        }
    }

    @Test("Sizes are rounded up by an eighth at most")
    func rounding() async {
        await #expect(processExitsWith: .success) {
            for count in [1, 16, 17, 127, 128, 129, 1000, 1023, 1024, 1025, 4097, 100_003, 1 << 20, (1 << 20) + 1] {
                let before = MemoryPool.shared.statistics.bytesInUse
                let tensor = Tensor.zeros([count])
                let used = withExtendedLifetime(tensor) { MemoryPool.shared.statistics.bytesInUse - before }
                #expect(used >= tensor.byteCount)
                #expect(used <= max(tensor.byteCount / 8 * 9, (tensor.byteCount + 63) / 64 * 64), "\(count) elements")
            }
        }
    }

    @Test("Buffers begin on 64-byte boundaries, large ones on 2 MB", arguments: [1, 17, 1000, 1 << 20])
    func alignment(count: Int) {
        let address = Tensor.zeros([count]).withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
        #expect(address % (count >= 1 << 20 ? 2 << 20 : 64) == 0)
    }

    @Test("Statistics count what is in use, kept and asked for")
    func statistics() async {
        await #expect(processExitsWith: .success) {
            let pool = MemoryPool.shared
            #expect(pool.statistics.systemAllocations == 0)
            do {
                let tensor = Tensor.zeros([1024])
                let statistics = withExtendedLifetime(tensor) { pool.statistics }
                #expect(statistics.bytesInUse == 4096)
                #expect(statistics.bytesCached == 0)
            }
            #expect(pool.statistics.bytesInUse == 0)
            #expect(pool.statistics.bytesCached == 4096)
            #expect(pool.statistics.peakBytesInUse == 4096)
            #expect(pool.statistics.systemAllocations == 1)
        }
    }

    @Test("Trimming returns what is kept and leaves what is in use")
    func trim() async {
        await #expect(processExitsWith: .success) {
            let pool = MemoryPool.shared
            let kept = numbers([100])
            _ = Tensor.zeros([1024])
            pool.trim()
            #expect(pool.statistics.bytesCached == 0)
            #expect(kept.floatArray == numbers([100]).floatArray)
            let before = pool.statistics.systemAllocations
            _ = Tensor.zeros([1024])
            #expect(pool.statistics.systemAllocations == before + 1)
        }
    }

    @Test("The peak is the largest use since it was reset")
    func peak() async {
        await #expect(processExitsWith: .success) {
            let pool = MemoryPool.shared
            _ = Tensor.zeros([2048])
            #expect(pool.statistics.peakBytesInUse == 8192)
            pool.resetPeak()
            #expect(pool.statistics.peakBytesInUse == 0)
            do {
                let pair = (Tensor.zeros([256]), Tensor.zeros([256]))
                withExtendedLifetime(pair) {}
            }
            #expect(pool.statistics.peakBytesInUse == 2048)
        }
    }

    @Test("Borrowed bytes come from no pool")
    func borrowed() async {
        await #expect(processExitsWith: .success) {
            let tensor = BorrowedFloats([1, 2, 3]).tensor()
            #expect(MemoryPool.shared.statistics.bytesInUse == 0)
            #expect(tensor.floatArray == [1, 2, 3])
        }
    }
}
