import LatheKernels

extension Tensor {
    /// Layer normalisation over the last axis (Ba et al., arXiv:1607.06450):
    /// `(x - mean) / sqrt(variance + epsilon) * gain + bias`.
    ///
    /// - Parameters:
    ///   - gain: `[columns]`.
    ///   - bias: `[columns]`.
    ///   - epsilon: added to the variance.
    public func layerNorm(gain: Tensor, bias: Tensor, epsilon: Float) -> Tensor {
        let columns = shape[rank - 1], rows = elementCount / max(columns, 1)
        precondition(
            gain.shape == [columns] && bias.shape == [columns],
            "layerNorm of \(shape): gain \(gain.shape), bias \(bias.shape)")
        let result = Tensor(uninitialized: shape), mean = Tensor(uninitialized: [rows]),
            rstd = Tensor(uninitialized: [rows])
        withPointers(self, gain, bias, result, mean, rstd) { x, gain, bias, y, mean, rstd in
            Parallel.forEachRow(rows, columns: columns) { range in
                let first = range.lowerBound, start = range.lowerBound * columns
                Kernels.active.pointee.layer_norm(
                    Int64(range.count), Int64(columns), epsilon, x + start, gain, bias, y + start, mean + first,
                    rstd + first)
            }
        }
        return RecordedOperation.record([self, gain, bias], output: result) { gradient in
            let dx = Tensor(uninitialized: self.shape)
            let parameters = withPointers(self, gain, mean, rstd, gradient, dx) { x, gain, mean, rstd, dy, dx in
                Self.rowGradients(rows, columns: columns, count: 2) { range, sums in
                    let first = range.lowerBound, start = range.lowerBound * columns
                    Kernels.active.pointee.layer_norm_backward(
                        Int64(range.count), Int64(columns), x + start, gain, mean + first, rstd + first, dy + start,
                        dx + start, sums, sums + columns)
                }
            }
            return [dx, parameters[0], parameters[1]]
        }
    }

    /// Root-mean-square normalisation over the last axis (Zhang & Sennrich, arXiv:1910.07467):
    /// `x / sqrt(mean(x²) + epsilon) * gain`.
    public func rmsNorm(gain: Tensor, epsilon: Float) -> Tensor {
        let columns = shape[rank - 1], rows = elementCount / max(columns, 1)
        precondition(gain.shape == [columns], "rmsNorm of \(shape): gain \(gain.shape)")
        let result = Tensor(uninitialized: shape), rstd = Tensor(uninitialized: [rows])
        withPointers(self, gain, result, rstd) { x, gain, y, rstd in
            Parallel.forEachRow(rows, columns: columns) { range in
                let start = range.lowerBound * columns
                Kernels.active.pointee.rms_norm(
                    Int64(range.count), Int64(columns), epsilon, x + start, gain, y + start, rstd + range.lowerBound)
            }
        }
        return RecordedOperation.record([self, gain], output: result) { gradient in
            let dx = Tensor(uninitialized: self.shape)
            let parameters = withPointers(self, gain, rstd, gradient, dx) { x, gain, rstd, dy, dx in
                Self.rowGradients(rows, columns: columns, count: 1) { range, sums in
                    let start = range.lowerBound * columns
                    Kernels.active.pointee.rms_norm_backward(
                        Int64(range.count), Int64(columns), x + start, gain, rstd + range.lowerBound, dy + start,
                        dx + start, sums)
                }
            }
            return [dx, parameters[0]]
        }
    }

    /// Runs `body` over chunks of rows, each with zeroed memory for `count` sums of `[columns]`, and returns the sums
    /// over all chunks, added in order.
    private static func rowGradients(
        _ rows: Int, columns: Int, count: Int, _ body: (Range<Int>, UnsafeMutablePointer<Float>) -> Void
    ) -> [Tensor] {
        let grain = max(1, Parallel.elementGrain * 2 / max(columns, 1))
        let chunks = max(1, (rows + grain - 1) / grain)
        let partial = Tensor.zeros([chunks, count * columns])
        partial.withPointer { sums in
            Parallel.forEach(rows, grain: grain) { range in
                body(range, sums + range.lowerBound / grain * count * columns)
            }
        }
        let total = partial.summedRows(chunks).reshapedView([count, columns])
        return (0..<count).map { total.sliced($0..<$0 + 1).reshapedView([columns]) }
    }
}

// MARK: - Batch normalisation

/// What batch normalisation learned about a batch, per channel.
package struct ChannelStatistics {
    /// `[channels]`
    public let mean: Tensor
    /// Biased, `[channels]`.
    public let variance: Tensor
    /// How many values each channel has in the batch.
    public let count: Int

    public init(mean: Tensor, variance: Tensor, count: Int) {
        (self.mean, self.variance, self.count) = (mean, variance, count)
    }
}

extension Tensor {
    /// Mean and biased variance of each channel of `[batch, channels, …]`.
    package func channelStatistics() -> ChannelStatistics {
        let layout = ChannelLayout(shape)
        let mean = Tensor(uninitialized: [layout.channels]), variance = Tensor(uninitialized: [layout.channels])
        withPointers(self, mean, variance) { x, mean, variance in
            layout.forEachChannel { channel in
                Kernels.active.pointee.channel_statistics(
                    layout.batch, layout.count, layout.stride, x + channel * Int(layout.count), mean + channel,
                    variance + channel)
            }
        }
        return ChannelStatistics(mean: mean, variance: variance, count: Int(layout.batch * layout.count))
    }

    /// Batch normalisation of `[batch, channels, …]` (Ioffe & Szegedy, arXiv:1502.03167) with the statistics of this
    /// very batch, through which the gradient flows, or (`isConstant`) with fixed ones.
    package func batchNorm(
        gain: Tensor, bias: Tensor, statistics: ChannelStatistics, isConstant: Bool, epsilon: Float
    ) -> Tensor {
        let layout = ChannelLayout(shape)
        precondition(
            gain.shape == [layout.channels] && bias.shape == [layout.channels]
                && statistics.mean.shape == [layout.channels]
                && statistics.variance.shape == [layout.channels],
            "batchNorm of \(shape): gain \(gain.shape), bias \(bias.shape)")
        let result = Tensor(uninitialized: shape)
        withPointers(self, gain, bias, statistics.mean, statistics.variance, result) {
            x, gain, bias, mean, variance, y in
            layout.forEachRun { channel, start in
                let scale = gain[channel] / (variance[channel] + epsilon).squareRoot()
                Kernels.active.pointee.affine(
                    layout.count, scale, x + start, 0, nil, bias[channel] - mean[channel] * scale, y + start)
            }
        }
        return RecordedOperation.record([self, gain, bias], output: result) { gradient in
            self.batchNormGradients(gradient, gain, statistics, layout, isConstant: isConstant, epsilon: epsilon)
        }
    }

    private func batchNormGradients(
        _ gradient: Tensor, _ gain: Tensor, _ statistics: ChannelStatistics, _ layout: ChannelLayout, isConstant: Bool,
        epsilon: Float
    ) -> [Tensor?] {
        let (dgain, dbias) = channelGradients(gradient, statistics, layout, epsilon: epsilon)
        let dx = Tensor(uninitialized: shape), values = Float(layout.batch * layout.count)
        withPointers(self, gradient, dx) { x, dy, dx in
            withPointers(gain, statistics.mean, statistics.variance, dgain, dbias) {
                gain, mean, variance, dgain, dbias in
                layout.forEachRun { channel, start in
                    // dx = gain * rstd * (dy - mean(dy) - xhat * mean(dy * xhat)); the means vanish for constant
                    // statistics.
                    let rstd = 1 / (variance[channel] + epsilon).squareRoot()
                    let scale = gain[channel] * rstd
                    let slope = isConstant ? 0 : -scale * rstd * dgain[channel] / values
                    let offset = isConstant ? 0 : -scale * dbias[channel] / values - slope * mean[channel]
                    Kernels.active.pointee.affine(layout.count, scale, dy + start, slope, x + start, offset, dx + start)
                }
            }
        }
        return [dx, dgain, dbias]
    }

    /// The gradients of gain and bias.
    private func channelGradients(
        _ gradient: Tensor, _ statistics: ChannelStatistics, _ layout: ChannelLayout, epsilon: Float
    ) -> (dgain: Tensor, dbias: Tensor) {
        let dgain = Tensor(uninitialized: [layout.channels]), dbias = Tensor(uninitialized: [layout.channels])
        withPointers(self, gradient, statistics.mean, statistics.variance, dgain, dbias) {
            x, dy, mean, variance, dgain, dbias in
            layout.forEachChannel { channel in
                var sum: Float = 0, productSum: Float = 0
                let start = channel * Int(layout.count)
                Kernels.active.pointee.channel_gradient_sums(
                    layout.batch, layout.count, layout.stride, x + start, dy + start, mean[channel], &sum, &productSum)
                dbias[channel] = sum
                dgain[channel] = productSum / (variance[channel] + epsilon).squareRoot()
            }
        }
        return (dgain, dbias)
    }
}

/// How the channels of `[batch, channels, …]` lie in memory.
private struct ChannelLayout {
    let batch: Int64
    let channels: Int
    /// Values in one run.
    let count: Int64
    /// From a channel's run to its next, in the next image.
    var stride: Int64 { count * Int64(channels) }

    init(_ shape: [Int]) {
        precondition(shape.count >= 2, "[batch, channels, …] expected, got \(shape)")
        batch = Int64(shape[0])
        channels = shape[1]
        count = Int64(shape[2...].elementCount)
    }

    func forEachChannel(_ body: (Int) -> Void) {
        Parallel.forEach(channels, grain: 1) { range in range.forEach(body) }
    }

    func forEachRun(_ body: (_ channel: Int, _ start: Int) -> Void) {
        Parallel.forEachRow(Int(batch) * channels, columns: Int(count)) { range in
            for run in range { body(run % channels, run * Int(count)) }
        }
    }
}
