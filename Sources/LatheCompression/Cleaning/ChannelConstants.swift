import LatheNN
import LatheTensor

/// What a removed channel still gave to the convolution behind it, and where that goes.
///
/// A channel whose filter is masked leaves the convolution as 0, but its batch normalisation makes a constant of it,
/// `β - γ·mean/√(var + ε)`, and ReLU hands on what is positive. The next convolution spreads that constant with its
/// kernel: inside the image each output gets the same sum, which can be taken off the running mean of the normalisation
/// behind it. At the border the kernel meets padding, which is 0 and not the constant; there the outputs of the smaller
/// network differ. DeepSpeed drops the constants.
enum ChannelConstants {
    /// The constants of the channels `removed`, behind normalisation and ReLU: one for each.
    static func values(_ removed: [Int], of norm: BatchNorm2d) -> [Float] {
        let (gain, bias) = (norm.weight.detached.floatArray, norm.bias.detached.floatArray)
        let (mean, variance) = (norm.runningMean.detached.floatArray, norm.runningVariance.detached.floatArray)
        return removed.map { max(0, bias[$0] - gain[$0] * mean[$0] / (variance[$0] + norm.epsilon).squareRoot()) }
    }

    /// Adds what `constants` of the input channels `removed` give to each output of `convolution` to what follows: the
    /// running mean of `norm` falls, or, without one, the bias rises.
    /// - Returns: whether there was a place for it: a convolution has a bias, or a normalisation follows.
    static func carry(_ constants: [Float], of removed: [Int], through convolution: Conv2d, into norm: BatchNorm2d?)
        -> Bool
    {
        guard constants.contains(where: { $0 != 0 }) else { return true }
        let sums = sums(constants, removed, convolution)
        if let norm {
            norm.runningMean.value = norm.runningMean.detached - sums
        } else if let bias = convolution.bias {
            bias.value = bias.detached + sums
        } else {
            return false
        }
        return true
    }

    private static func denseWeight(_ convolution: Conv2d) -> Tensor {
        guard convolution.weight.transformed == nil, let parameter = convolution.weight.parameter else {
            preconditionFailure("only dense weights shrink; bake the others first")
        }
        return parameter.detached
    }

    /// `[outputs]`: Σ over the removed channels of constant · sum of the kernel.
    private static func sums(_ constants: [Float], _ removed: [Int], _ convolution: Conv2d) -> Tensor {
        let weight = denseWeight(convolution), (outputs, channels) = (weight.shape[0], weight.shape[1])
        let kernels = weight.reshaped([outputs, channels, -1]).sum(axis: 2).floatArray
        return Tensor(
            (0..<outputs).map { output in
                zip(removed, constants).reduce(Float(0)) { $0 + $1.1 * kernels[output * channels + $1.0] }
            })
    }
}
