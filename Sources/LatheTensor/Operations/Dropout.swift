import LatheKernels

extension Tensor {
    /// Each element zeroed with probability `rate`, and the others divided by `1 - rate` (Srivastava et al., JMLR
    /// 2014). The mask is a function of the random source's position, so nothing is kept for the backward pass.
    public func dropout(_ rate: Float, from source: RandomSource = .current) -> Tensor {
        precondition(rate >= 0 && rate < 1, "a dropout rate lies in 0..<1, got \(rate)")
        if rate == 0 { return self }
        let start = source.reserve(elementCount)
        return RecordedOperation.record([self], output: masked(keep: 1 - rate, start)) {
            [$0.masked(keep: 1 - rate, start)]
        }
    }

    private func masked(keep: Float, _ start: RandomSource.State) -> Tensor {
        let result = Tensor(uninitialized: shape)
        withPointers(self, result) { x, y in
            Parallel.forEach(elementCount, grain: Parallel.elementGrain) { range in
                Kernels.active.pointee.dropout(
                    Int64(range.count), start.seed, start.block + UInt64(range.lowerBound / 64), keep,
                    x + range.lowerBound,
                    y + range.lowerBound)
            }
        }
        return result
    }
}
