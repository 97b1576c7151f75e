import LatheKernels

/// How values are rounded to few bits and back: what a network sees that is trained for a low-bit form.
///
/// Codes of 3 bits and more lie on a uniform grid (DeepSpeed's `SymQuantizer` and `AsymQuantizer`). With 2 bits values
/// become -a, 0 or a (ternary weights, arXiv:1605.04711), with 1 bit -a or a, and 0 where they were exactly 0 (binary
/// weights, arXiv:1603.05279).
public struct FakeQuantization: Sendable, Hashable {
    /// 1...16
    public var bits: Int
    /// Where a uniform grid lies; 1 and 2 bits are symmetric.
    public var grid: QuantizationGrid
    /// How values between two points of a uniform grid are rounded.
    public var rounding: Rounding
    /// Whether a uniform grid is drawn in to where the squared error of its group is least: between 0.3 and 1 times the
    /// group's range, in 36 steps. Values beyond are clipped.
    public var searchesRange: Bool

    /// The grid point that a value between two of them takes.
    public enum Rounding: String, Sendable, CaseIterable, Codable {
        /// To the nearest point, ties to even.
        case nearest
        /// To one of the points around, such that the expectation is the value itself; random numbers come from a
        /// `RandomSource`.
        case stochastic
    }

    public init(
        bits: Int, grid: QuantizationGrid = .symmetric, rounding: Rounding = .nearest, searchesRange: Bool = false
    ) {
        precondition((1...16).contains(bits), "fake quantisation takes 1...16 bits, got \(bits)")
        precondition(bits > 2 || grid == .symmetric, "\(bits) bits are symmetric")
        (self.bits, self.grid, self.rounding, self.searchesRange) = (bits, grid, rounding, searchesRange)
    }
}

extension Tensor {
    /// Every value moved to the nearest point of its group's grid, as a float; the gradient passes unchanged, clipped
    /// values included.
    ///
    /// A group is one of `groupCount` equal runs of the flattened tensor. Per group, with Q = 2^bits:
    /// - symmetric: `s = 2 max|x| / Q`, `y = s · clamp(round(x / s), -Q/2, Q/2 - 1)`;
    /// - asymmetric: `s = (max x - min x) / Q`, `z = s · round(min x / s)`,
    ///   `y = s · clamp(round((x - z) / s), 0, Q - 1) + z`;
    /// - 2 bits: `t = 0.7 mean|x|`, `a` = mean of |x| over |x| > t, `y` = a, -a where x is beyond t, -t, else 0;
    /// - 1 bit: `y = sign(x) · mean|x|`, 0 for 0, so that pruned weights and padding rows stay zeros.
    ///
    /// A group of zeros stays zeros and, on an asymmetric grid, a constant one stays as it is, where DeepSpeed divides
    /// 0 by 0. A group with a value that is not finite becomes NaN. Source: DeepSpeed `compression/utils.py`.
    /// - Parameters:
    ///   - quantization: bits, grid and rounding.
    ///   - groupCount: equal runs of the values, each with a range of its own.
    ///   - source: the random numbers of stochastic rounding.
    public func fakeQuantized(_ quantization: FakeQuantization, groupCount: Int, from source: RandomSource = .current)
        -> Tensor
    {
        if elementCount == 0 { return self }
        precondition(
            groupCount > 0 && elementCount % groupCount == 0,
            "\(elementCount) values do not split into \(groupCount) groups")
        let quantizer = GroupQuantizer(quantization), count = elementCount / groupCount
        let noise = roundingNoise(quantization, source), result = Tensor(uninitialized: shape)
        withPointers(self, noise, result) { x, noise, y in
            func quantize(_ group: Int) {
                let start = group * count, limits = quantizer.limits(count, x + start)
                quantizer.apply(limits, count, x + start, noise.map { $0 + start }, y + start)
            }
            // A long group is shared out among the threads, short ones are taken whole.
            if count > GroupQuantizer.longGroup {
                for group in 0..<groupCount { quantize(group) }
            } else {
                Parallel.forEachRow(groupCount, columns: count) { groups in
                    for group in groups { quantize(group) }
                }
            }
        }
        return RecordedOperation.record([self], output: result) { [$0] }
    }

    /// As above, on the one grid of a fixed range, which symmetric grids take as ±max(|low|, |high|). At least 3 bits;
    /// values beyond are clipped. A range of one point gives that point, or 0 on a symmetric grid around 0.
    public func fakeQuantized(
        _ quantization: FakeQuantization, from low: Float, to high: Float, noise source: RandomSource = .current
    ) -> Tensor {
        precondition(quantization.bits > 2, "a range does not say where \(quantization.bits)-bit values lie")
        let noise = roundingNoise(quantization, source), result = Tensor(uninitialized: shape)
        withPointers(self, noise, result) { x, noise, y in
            GroupQuantizer(quantization).apply((low, high), elementCount, x, noise, y)
        }
        return RecordedOperation.record([self], output: result) { [$0] }
    }

    /// The scale and the zero point of each group of `fakeQuantized(_:groupCount:)`, such that its values are
    /// `scale * (code - zeroPoint)` with signed codes of as many bits, each product rounded as `ValueGrid` says.
    /// Without zero points for symmetric grids, ternary and binary values.
    ///
    /// A group of one value c that is not 0, on an asymmetric grid, gets the scale |c|; a group of zeros on a uniform
    /// grid the scale 1.
    public func quantizationSteps(_ quantization: FakeQuantization, groupCount: Int) -> (
        scales: [Float], zeroPoints: [Float]?
    ) {
        precondition(
            groupCount > 0 && elementCount % groupCount == 0,
            "\(elementCount) values do not split into \(groupCount) groups")
        let quantizer = GroupQuantizer(quantization), count = elementCount / groupCount
        let steps = withPointer { x in
            [(scale: Float, zeroPoint: Float)](unsafeUninitializedCapacity: groupCount) { steps, initialized in
                let base = steps.baseAddress.unsafelyUnwrapped
                Parallel.forEachRow(groupCount, columns: count) { groups in
                    for group in groups {
                        (base + group).initialize(to: quantizer.step(quantizer.limits(count, x + group * count)))
                    }
                }
                initialized = groupCount
            }
        }
        return (steps.map(\.scale), quantization.grid == .asymmetric ? steps.map(\.zeroPoint) : nil)
    }

    /// The smallest and the largest element of a tensor that has some; both NaN where one is not finite.
    public func extremes() -> (low: Float, high: Float) {
        precondition(elementCount > 0, "extremes of no elements, shape \(shape)")
        return withPointer { GroupQuantizer.extremes(elementCount, $0) }
    }

    private func roundingNoise(_ quantization: FakeQuantization, _ source: RandomSource) -> Tensor? {
        quantization.rounding == .stochastic && quantization.bits > 2
            ? .randomUniform([elementCount], in: -0.5..<0.5, from: source) : nil
    }
}

/// One group's statistics and its rounding. Chunks depend on the group's length only, so that every number of threads
/// gives the same bits.
private struct GroupQuantizer {
    /// What the kernel `fake_quantize` takes: the range of a uniform grid; threshold and size of ternary, nothing and
    /// the size of binary values.
    typealias Limits = (low: Float, high: Float)

    /// Groups beyond this many elements are worth several threads.
    static let longGroup = 65_536

    private let quantization: FakeQuantization

    init(_ quantization: FakeQuantization) {
        self.quantization = quantization
    }

    func limits(_ count: Int, _ x: UnsafePointer<Float>) -> Limits {
        switch (quantization.bits, quantization.grid) {
        case (1, _): return (0, Self.meanMagnitude(count, x))
        case (2, _):
            let threshold = 0.7 * Self.meanMagnitude(count, x)
            return (threshold, Self.meanMagnitude(beyond: threshold, count, x))
        case (_, .symmetric):
            let largest = Self.chunks(count) {
                Kernels.active.pointee.reduce(LATHE_MAX_ABS, Int64($0.count), x + $0.lowerBound)
            }
            let all = largest.reduce(0) { $1.isNaN || $0.isNaN ? .nan : max($0, $1) }
            return narrowed((-all, all), count, x)
        case (_, .asymmetric): return narrowed(Self.extremes(count, x), count, x)
        }
    }

    /// The limits of a uniform grid, drawn in to where the squared error is least, if that is asked for.
    private func narrowed(_ limits: Limits, _ count: Int, _ x: UnsafePointer<Float>) -> Limits {
        guard quantization.searchesRange, limits.low < limits.high else { return limits }
        let steps = 36
        var best = (limits: limits, error: Float.infinity)
        for step in 0..<steps {
            let share = 1 - 0.7 * Float(step) / Float(steps - 1),
                candidate: Limits = (limits.low * share, limits.high * share)
            let error = squaredError(candidate, count, x)
            if error < best.error { best = (candidate, error) }
        }
        return best.limits
    }

    /// Σ (x - y)² for values y on the grid between these limits.
    private func squaredError(_ limits: Limits, _ count: Int, _ x: UnsafePointer<Float>) -> Float {
        let sums = Self.chunks(count) { range in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: Self.searchedRun) { rounded -> Float in
                guard let y = rounded.baseAddress else { return 0 }
                var sum: Float = 0
                for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.searchedRun) {
                    let length = min(Self.searchedRun, range.upperBound - start), values = x + start
                    Kernels.active.pointee.fake_quantize(
                        quantization.grid.kernel, Int32(quantization.bits), limits.low, limits.high, Int64(length),
                        values, nil, y)
                    var parts = SIMD8<Float>.zero
                    for i in 0..<length / 8 {
                        let (from, to) = (UnsafeRawPointer(values + 8 * i), UnsafeRawPointer(y + 8 * i))
                        let difference =
                            from.loadUnaligned(as: SIMD8<Float>.self) - to.loadUnaligned(as: SIMD8<Float>.self)
                        parts += difference * difference
                    }
                    sum += parts.sum()
                    for i in length / 8 * 8..<length { sum += (values[i] - y[i]) * (values[i] - y[i]) }
                }
                return sum
            }
        }
        return sums.reduce(0, +)
    }

    /// Elements that are rounded at a time in search of a range.
    private static let searchedRun = 1024

    /// The step of the grid that the kernel `fake_quantize` lays between the limits, and where its zero is.
    func step(_ limits: Limits) -> (scale: Float, zeroPoint: Float) {
        let (low, high) = limits, levels = Float(1 << quantization.bits), lowest = -levels / 2
        switch (quantization.bits, quantization.grid) {
        case (1, _), (2, _): return (high, 0)
        case (_, .symmetric):
            let scale = max(abs(low), abs(high)) / -lowest
            return (scale == 0 ? 1 : scale, 0)
        case (_, .asymmetric):
            let width = high - low
            let scale = width <= .greatestFiniteMagnitude ? width / levels : high / levels - low / levels
            if scale != 0 { return (scale, lowest - (low / scale).rounded(.toNearestOrEven)) }
            return low == 0 ? (1, lowest) : (abs(low), lowest - (low > 0 ? 1 : -1))
        }
    }

    func apply(
        _ limits: Limits, _ count: Int, _ x: UnsafePointer<Float>, _ noise: UnsafePointer<Float>?,
        _ y: UnsafeMutablePointer<Float>
    ) {
        let grid = quantization.grid.kernel, bits = Int32(quantization.bits)
        Parallel.forEach(count, grain: Parallel.elementGrain) { range in
            let start = range.lowerBound
            Kernels.active.pointee.fake_quantize(
                grid, bits, limits.low, limits.high, Int64(range.count), x + start, noise.map { $0 + start }, y + start)
        }
    }

    static func extremes(_ count: Int, _ x: UnsafePointer<Float>) -> Limits {
        let found = chunks(count) { range in
            var limits: Limits = (0, 0)
            Kernels.active.pointee.extremes(Int64(range.count), x + range.lowerBound, &limits.low, &limits.high)
            return limits
        }
        return found.dropFirst().reduce(found[0]) { all, next in
            all.low.isNaN || next.low.isNaN ? (.nan, .nan) : (min(all.low, next.low), max(all.high, next.high))
        }
    }

    /// The mean of all magnitudes, NaN if it is not finite.
    private static func meanMagnitude(_ count: Int, _ x: UnsafePointer<Float>) -> Float {
        let sums = chunks(count) { Kernels.active.pointee.reduce(LATHE_SUM_ABS, Int64($0.count), x + $0.lowerBound) }
        let mean = Float(sums.reduce(0) { $0 + Double($1) } / Double(count))
        return mean.isFinite ? mean : .nan
    }

    /// The mean of the magnitudes above `threshold`; 0 if there are none, NaN if the threshold is NaN.
    private static func meanMagnitude(beyond threshold: Float, _ count: Int, _ x: UnsafePointer<Float>) -> Float {
        if threshold.isNaN { return .nan }
        let found = chunks(count) { range in
            var sum: Float = 0, number: Float = 0
            Kernels.active.pointee.sum_beyond(threshold, Int64(range.count), x + range.lowerBound, &sum, &number)
            return (sum: Double(sum), number: Double(number))
        }
        let number = found.reduce(0) { $0 + $1.number }
        return number == 0 ? 0 : Float(found.reduce(0) { $0 + $1.sum } / number)
    }

    /// What `body` gives for each chunk of a group, in order.
    private static func chunks<Result>(_ count: Int, _ body: (Range<Int>) -> Result) -> [Result] {
        let grain = Parallel.elementGrain
        if count <= grain { return [body(0..<count)] }
        return [Result](unsafeUninitializedCapacity: (count + grain - 1) / grain) { results, initialized in
            let base = results.baseAddress.unsafelyUnwrapped
            Parallel.forEach(count, grain: grain) { (base + $0.lowerBound / grain).initialize(to: body($0)) }
            initialized = results.count
        }
    }
}
