#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// When `snip_momentum` renews its masks, and how sparse they are: `1 - (1 - T)^(j/n)` at renewal j of 0…n, for a
/// target T of at most 0.98. Source: neural_compressor 2.6, `compression/pruner`, its sparsity curve `exp`.
package struct RenewalSchedule: Sendable, Hashable {
    /// The largest target that the curve takes.
    static let largestTarget = 0.98

    /// The first renewal's step, counted from 0.
    package let first: Int
    /// Steps from one renewal to the next.
    package let stride: Int
    /// The last renewal's number, counted from 0.
    package let lastIndex: Int
    /// The share of weights that go in the end.
    package let target: Double

    /// - Parameters:
    ///   - snip: the settings.
    ///   - offset: the step of the first renewal: `schedule_offset`.
    package init(_ snip: CompressionConfig.SparsePruning.SnipMomentum, offset: Int) {
        (first, stride, target) = (offset, snip.offsetStride, 1 - snip.denseRatio)
        lastIndex = (snip.offsetEnd - offset) / snip.offsetStride
    }

    /// The last renewal's step.
    package var last: Int { first + lastIndex * stride }

    /// Whether masks are renewed before the forward pass of `step`.
    package func isDue(at step: Int) -> Bool {
        (first...last).contains(step) && (step - first).isMultiple(of: stride)
    }

    /// The share of weights that masks of `step` prune; 0 before the first renewal.
    package func sparsity(at step: Int) -> Double {
        guard step >= first else { return 0 }
        // One renewal goes straight to the target.
        guard lastIndex > 0 else { return target }
        let index = min((step - first) / stride, lastIndex)
        return min(target, 1 - pow(1 - min(target, Self.largestTarget), Double(index) / Double(lastIndex)))
    }
}
