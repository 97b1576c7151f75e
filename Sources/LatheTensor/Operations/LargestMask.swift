import LatheKernels

extension Tensor {
    /// 1 at the `count` largest elements, 0 elsewhere; among equal ones the first are taken. The gradient passes
    /// unchanged to all elements (straight through: movement pruning, arXiv:2005.07683).
    public func largestMask(keeping count: Int) -> Tensor {
        precondition(count >= 0 && count <= elementCount, "\(count) of \(elementCount) elements")
        let result = Tensor(uninitialized: shape)
        Selection(of: count, in: self).write(to: result)
        return RecordedOperation.record([self], output: result) { [$0] }
    }

    /// 1 at the `kept` largest of every `length` elements along the last axis, 0 elsewhere; among equal ones the first
    /// are taken. `2:4` sparsity keeps 2 in every 4. Not recorded.
    /// - Precondition: the last axis is a multiple of `length`.
    public func largestMask(keeping kept: Int, inEvery length: Int) -> Tensor {
        precondition(
            length > 0 && kept >= 0 && kept <= length && shape[rank - 1] % length == 0,
            "\(kept) in every \(length) of \(shape)")
        let result = Tensor(uninitialized: shape)
        withPointers(self, result) { x, y in
            Parallel.forEachRow(elementCount / length, columns: length) { runs in
                for run in runs {
                    let start = run * length
                    for place in start..<start + length {
                        // How many stand before this one in falling order.
                        var rank = 0
                        for other in start..<place { rank += x[other] >= x[place] ? 1 : 0 }
                        for other in place..<start + length { rank += x[other] > x[place] ? 1 : 0 }
                        y[place] = rank < kept ? 1 : 0
                    }
                }
            }
        }
        return result
    }

    /// 1 where an element is above `threshold`, 0 elsewhere. Not recorded.
    public func mask(above threshold: Float) -> Tensor {
        let result = Tensor(uninitialized: shape)
        withPointers(self, result) { x, y in
            Parallel.forEach(elementCount, grain: Parallel.elementGrain) { range in
                for index in range { y[index] = x[index] > threshold ? 1 : 0 }
            }
        }
        return result
    }

    /// The mean of every block of `rows` × `columns` elements: `[outputs / rows, inputs / columns]` for
    /// `[outputs, inputs]`.
    /// - Precondition: both axes are multiples of the block's.
    public func blockMeans(rows: Int, columns: Int) -> Tensor {
        precondition(
            rank == 2 && rows > 0 && columns > 0 && shape[0] % rows == 0 && shape[1] % columns == 0,
            "blocks of \(rows)x\(columns) in \(shape)")
        let blocks = reshaped([shape[0] / rows, rows, shape[1] / columns, columns])
        return blocks.mean(axis: 3).mean(axis: 1)
    }

    /// Every element repeated in a block of `rows` × `columns`: `[outputs · rows, inputs · columns]` for
    /// `[outputs, inputs]`. Not recorded.
    public func expandedBlocks(rows: Int, columns: Int) -> Tensor {
        precondition(rank == 2 && rows > 0 && columns > 0, "blocks of \(rows)x\(columns) from \(shape)")
        let repeated = reshapedView([shape[0], 1, shape[1], 1]).broadcast(to: [shape[0], rows, shape[1], columns])
        return repeated.reshapedView([shape[0] * rows, shape[1] * columns])
    }
}

/// Which elements are the largest: all above a threshold, and the first few that equal it. The threshold is found by
/// counting digits, most significant first, of keys that order like the elements.
private struct Selection {
    private let source: Tensor
    private let count: Int
    /// The key of the last element taken.
    private var threshold: UInt32 = 0
    /// How many of the elements with that key are taken, and how many there are.
    private var taken = 0, equal = 0

    init(of count: Int, in source: Tensor) {
        self.source = source
        self.count = count
        if count == 0 || count == source.elementCount { return }
        taken = count
        for (shift, width) in [(21, 11), (10, 11), (0, 10)] {
            let digits = Self.histogram(source, shift: shift, width: width, prefix: threshold)
            var digit = digits.count - 1
            while digits[digit] < taken {
                taken -= digits[digit]
                digit -= 1
            }
            threshold |= UInt32(digit) << shift
            equal = digits[digit]
        }
    }

    /// Writes 1 for the elements taken and 0 for all others.
    func write(to mask: Tensor) {
        withPointers(source, mask) { write($0, $1) }
    }

    private func write(_ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>) {
        let total = source.elementCount, threshold = threshold
        guard count > 0, count < total else { return Kernels.active.pointee.fill(Int64(total), count == 0 ? 0 : 1, y) }
        let takesAllEqual = taken == equal
        Parallel.forEach(total, grain: Parallel.elementGrain) { range in
            for index in range {
                let key = Self.key(x[index])
                y[index] = key > threshold || (takesAllEqual && key == threshold) ? 1 : 0
            }
        }
        if takesAllEqual { return }
        var remaining = taken, index = 0
        while remaining > 0 {
            if Self.key(x[index]) == threshold {
                y[index] = 1
                remaining -= 1
            }
            index += 1
        }
    }

    /// Whole numbers that order like floats; NaN stands beyond the infinities, and both zeros are equal.
    private static func key(_ value: Float) -> UInt32 {
        let bits = (value + 0).bitPattern
        return bits >> 31 == 1 ? ~bits : bits | 0x8000_0000
    }

    /// How often each digit occurs among the keys whose higher digits are those of `prefix`.
    private static func histogram(_ source: Tensor, shift: Int, width: Int, prefix: UInt32) -> [Int] {
        let total = source.elementCount, size = 1 << width, mask = UInt32(size - 1)
        let grain = 16 * Parallel.elementGrain, chunks = (total + grain - 1) / grain
        let fixed = UInt64(shift + width)  // the digits above, which must be those of the prefix; 32 is none
        var counts = [Int](repeating: 0, count: chunks * size)
        counts.withUnsafeMutableBufferPointer { counts in
            let base = counts.baseAddress.unsafelyUnwrapped
            source.withPointer { x in
                Parallel.forEach(total, grain: grain) { range in
                    let counts = base + range.lowerBound / grain * size
                    for index in range {
                        let key = key(x[index])
                        if UInt64(key ^ prefix) >> fixed == 0 { counts[Int((key >> UInt32(shift)) & mask)] += 1 }
                    }
                }
            }
        }
        return (0..<size).map { digit in (0..<chunks).reduce(0) { $0 + counts[$1 * size + digit] } }
    }
}
