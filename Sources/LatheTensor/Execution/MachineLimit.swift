import LatheKernels

/// How fast multiply-adds can be at most on this machine: on all threads, from registers, with the kernels in use.
///
/// Machines are shared and change their clock, so a limit means something only beside work that is measured in turn
/// with it.
package struct ArithmeticLimit {
    private static let chunksPerThread = 8

    private let peak: (Int64) -> Double
    private let iterationsPerSecond: Double

    public init(_ arithmetic: PackedMatrix.Arithmetic) {
        let compute = arithmetic.compute
        let tile = withUnsafePointer(to: Kernels.active.pointee.gemm) { tiles in
            tiles.withMemoryRebound(to: lathe_gemm_tile.self, capacity: 3) { $0[Int(compute.rawValue)] }
        }
        guard let peak = tile.peak else {
            preconditionFailure("the kernels \(Kernels.isa) do not know their limit in \(arithmetic)")
        }
        self.peak = peak
        let trial: Int64 = 20_000
        let fastest = (0..<3).map { _ in ContinuousClock().measure { _ = peak(trial) } / .seconds(1) }.min() ?? 1
        iterationsPerSecond = Double(trial) / max(fastest, 1e-9)
    }

    /// Operations per second, a multiply-add being two, measured for about `seconds`: as long as the work that it is
    /// compared with, since what other programs take from a measurement depends on its length.
    public func measure(seconds: Double = 0.004) -> Double {
        // Several chunks a thread, so that one that comes late does not hold up the others.
        let chunks = Self.chunksPerThread * Kernels.threadCount
        let iterations = max(1, Int64(iterationsPerSecond * seconds / Double(Self.chunksPerThread)))
        var operations = [Double](repeating: 0, count: chunks)
        let elapsed = operations.withUnsafeMutableBufferPointer { operations in
            let base = operations.baseAddress.unsafelyUnwrapped
            return ContinuousClock().measure {
                Parallel.forEach(chunks, grain: 1) { range in
                    for chunk in range { base[chunk] = peak(iterations) }
                }
            }
        }
        return operations.reduce(0, +) / (elapsed / .seconds(1))
    }
}

/// How fast this machine can read memory at most: on all threads, more than its caches hold.
package struct MemoryLimit {
    private let data: Tensor

    /// Prepares measurements that read `byteCount` bytes each.
    public init(byteCount: Int = 256 << 20) {
        data = .ones([max(byteCount / 4, 1)])
    }

    /// Bytes read per second.
    public func measure() -> Double {
        let elapsed = data.withPointer { values in
            ContinuousClock().measure {
                Parallel.forEach(data.elementCount, grain: 1 << 18) { range in
                    // Ones cannot sum up to a negative number; the compiler does not know, and has to read them.
                    precondition(
                        Kernels.active.pointee.reduce(LATHE_SUM, Int64(range.count), values + range.lowerBound) >= 0)
                }
            }
        }
        return Double(data.byteCount) / (elapsed / .seconds(1))
    }
}

extension PackedMatrix.Arithmetic {
    var compute: lathe_compute {
        switch self {
        case .float32: LATHE_COMPUTE_F32
        case .bfloat16: LATHE_COMPUTE_BF16
        case .integer: LATHE_COMPUTE_INT8
        }
    }
}
