import LatheTensor

/// Batch normalisation of the channels of `[batch, channels, height, width]` (Ioffe & Szegedy, arXiv:1502.03167).
///
/// In training, channels are normalised with the mean and the variance of the batch, and the running statistics follow
/// them: `running = (1 - momentum) running + momentum batch`, with the batch's unbiased variance. Otherwise the running
/// statistics serve.
public final class BatchNorm2d: Module {
    /// `[channels]`, at first ones.
    @Child("weight") public var weight: Parameter
    /// `[channels]`, at first zeros.
    @Child("bias") public var bias: Parameter
    /// `[channels]`, at first zeros; never has a gradient.
    @Child("running_mean") public var runningMean: Parameter
    /// `[channels]`, at first ones; never has a gradient.
    @Child("running_var") public var runningVariance: Parameter
    /// How far the running statistics move towards each batch.
    public var momentum: Float
    /// Added to the variance.
    public var epsilon: Float
    /// Whether the running statistics serve in training too, and stay as they are. Weight and bias are still trained.
    public var isFrozen = false

    public init(channels: Int, momentum: Float = 0.1, epsilon: Float = 1e-5) {
        self.momentum = momentum
        self.epsilon = epsilon
        weight = Parameter(.ones([channels]))
        bias = Parameter(.zeros([channels]))
        runningMean = Parameter(.zeros([channels]), isTrainable: false)
        runningVariance = Parameter(.ones([channels]), isTrainable: false)
    }

    public var channels: Int { weight.shape[0] }

    /// `[batch, channels, height, width]` for the same.
    public func callAsFunction(_ input: Tensor) -> Tensor {
        guard Execution.current.isTraining, !isFrozen else {
            let running = ChannelStatistics(mean: runningMean.detached, variance: runningVariance.detached, count: 1)
            return normalize(input, with: running, isConstant: true)
        }
        let batch = input.channelStatistics()
        follow(batch)
        return normalize(input, with: batch, isConstant: false)
    }

    /// Evaluation as `factor · x + offset` per channel, each `[channels]`, for folding into the layer before.
    var affineForm: (factor: Tensor, offset: Tensor) {
        let factor = weight.detached / (runningVariance.detached + epsilon).squareRoot()
        return (factor, bias.detached - runningMean.detached * factor)
    }

    private func normalize(_ input: Tensor, with statistics: ChannelStatistics, isConstant: Bool) -> Tensor {
        input.batchNorm(
            gain: weight.value, bias: bias.value, statistics: statistics, isConstant: isConstant, epsilon: epsilon)
    }

    /// Moves the running statistics towards those of a batch. One value a channel has no unbiased variance; its
    /// variance of 0 counts.
    private func follow(_ batch: ChannelStatistics) {
        let unbiased = Float(batch.count) / Float(max(batch.count - 1, 1))
        runningMean.value = (1 - momentum) * runningMean.detached + momentum * batch.mean
        runningVariance.value = (1 - momentum) * runningVariance.detached + momentum * unbiased * batch.variance
    }
}
