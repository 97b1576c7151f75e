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
        let x = floats, g = gain.floats, b = bias.floats, y = result.floats, m = mean.floats, r = rstd.floats
        Parallel.forEachRow(rows, columns: columns) { range in
            let first = range.lowerBound, start = range.lowerBound * columns
            Kernels.active.pointee.layer_norm(
                Int64(range.count), Int64(columns), epsilon, x + start, g, b, y + start, m + first, r + first)
        }
        return RecordedOperation.record([self, gain, bias], output: result) { gradient in
            let dx = Tensor(uninitialized: self.shape)
            let parameters = Self.rowGradients(rows, columns: columns, count: 2) { range, sums in
                let first = range.lowerBound, start = range.lowerBound * columns
                Kernels.active.pointee.layer_norm_backward(
                    Int64(range.count), Int64(columns), self.floats + start, gain.floats, mean.floats + first,
                    rstd.floats + first,
                    gradient.floats + start, dx.floats + start, sums, sums + columns)
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
        let x = floats, g = gain.floats, y = result.floats, r = rstd.floats
        Parallel.forEachRow(rows, columns: columns) { range in
            let start = range.lowerBound * columns
            Kernels.active.pointee.rms_norm(
                Int64(range.count), Int64(columns), epsilon, x + start, g, y + start, r + range.lowerBound)
        }
        return RecordedOperation.record([self, gain], output: result) { gradient in
            let dx = Tensor(uninitialized: self.shape)
            let parameters = Self.rowGradients(rows, columns: columns, count: 1) { range, sums in
                let start = range.lowerBound * columns
                Kernels.active.pointee.rms_norm_backward(
                    Int64(range.count), Int64(columns), self.floats + start, gain.floats,
                    rstd.floats + range.lowerBound,
                    gradient.floats + start, dx.floats + start, sums)
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
        let sums = partial.floats
        Parallel.forEach(rows, grain: grain) { range in
            body(range, sums + range.lowerBound / grain * count * columns)
        }
        let total = partial.summedRows(chunks).reshapedView([count, columns])
        return (0..<count).map { total.sliced($0..<$0 + 1).reshapedView([columns]) }
    }
}

// MARK: - Batch normalisation

/// What batch normalisation learned about a batch, per channel.
public struct ChannelStatistics {
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
    public func channelStatistics() -> ChannelStatistics {
        let layout = ChannelLayout(shape)
        let mean = Tensor(uninitialized: [layout.channels]), variance = Tensor(uninitialized: [layout.channels])
        let x = floats, m = mean.floats, v = variance.floats
        layout.forEachChannel { channel in
            Kernels.active.pointee.channel_statistics(
                layout.batch, layout.count, layout.stride, x + channel * Int(layout.count), m + channel, v + channel)
        }
        return ChannelStatistics(mean: mean, variance: variance, count: Int(layout.batch * layout.count))
    }

    /// Batch normalisation of `[batch, channels, …]` (Ioffe & Szegedy, arXiv:1502.03167) with the statistics of this
    /// very batch, through which the gradient flows, or (`isConstant`) with fixed ones.
    public func batchNorm(
        gain: Tensor, bias: Tensor, statistics: ChannelStatistics, isConstant: Bool, epsilon: Float
    ) -> Tensor {
        let layout = ChannelLayout(shape)
        precondition(
            gain.shape == [layout.channels] && bias.shape == [layout.channels]
                && statistics.mean.shape == [layout.channels]
                && statistics.variance.shape == [layout.channels],
            "batchNorm of \(shape): gain \(gain.shape), bias \(bias.shape)")
        let result = Tensor(uninitialized: shape)
        let x = floats, y = result.floats
        let mean = statistics.mean.floats, variance = statistics.variance.floats, g = gain.floats, b = bias.floats
        layout.forEachRun { channel, start in
            let scale = g[channel] / (variance[channel] + epsilon).squareRoot()
            Kernels.active.pointee.affine(
                layout.count, scale, x + start, 0, nil, b[channel] - mean[channel] * scale, y + start)
        }
        return RecordedOperation.record([self, gain, bias], output: result) { gradient in
            self.batchNormGradients(gradient, gain, statistics, layout, isConstant: isConstant, epsilon: epsilon)
        }
    }

    private func batchNormGradients(
        _ gradient: Tensor, _ gain: Tensor, _ statistics: ChannelStatistics, _ layout: ChannelLayout, isConstant: Bool,
        epsilon: Float
    ) -> [Tensor?] {
        let dgain = Tensor(uninitialized: gain.shape), dbias = Tensor(uninitialized: gain.shape),
            dx = Tensor(uninitialized: shape)
        let x = floats, dy = gradient.floats, mean = statistics.mean.floats, variance = statistics.variance.floats
        let dg = dgain.floats, db = dbias.floats, g = gain.floats, out = dx.floats
        layout.forEachChannel { channel in
            var sum: Float = 0, productSum: Float = 0
            let start = channel * Int(layout.count)
            Kernels.active.pointee.channel_gradient_sums(
                layout.batch, layout.count, layout.stride, x + start, dy + start, mean[channel], &sum, &productSum)
            db[channel] = sum
            dg[channel] = productSum / (variance[channel] + epsilon).squareRoot()
        }
        let values = Float(layout.batch * layout.count)
        layout.forEachRun { channel, start in
            // dx = gain * rstd * (dy - mean(dy) - xhat * mean(dy * xhat)); the means vanish for constant statistics.
            let rstd = 1 / (variance[channel] + epsilon).squareRoot()
            let scale = g[channel] * rstd
            let slope = isConstant ? 0 : -scale * rstd * dg[channel] / values
            let offset = isConstant ? 0 : -scale * db[channel] / values - slope * mean[channel]
            Kernels.active.pointee.affine(layout.count, scale, dy + start, slope, x + start, offset, out + start)
        }
        return [dx, dgain, dbias]
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
