import LatheNN
import LatheTensor

/// The sizes of one convolution, which keeps height and width but for its stride.
struct ResidualConvolution {
    let channels: Int, outputs: Int, kernelSize: Int, stride: Int

    var weightShape: [Int] { [outputs, channels, kernelSize, kernelSize] }

    func makeLayer() -> Conv2d {
        Conv2d(
            channels: channels, outputs: outputs, kernelSize: kernelSize,
            options: ConvolutionOptions(stride: stride, padding: kernelSize / 2), hasBias: false)
    }
}

/// The sizes of a residual block.
struct ResidualBlockPlan {
    /// Two or three, the first one first.
    let convolutions: [ResidualConvolution]
    /// Where the input's size changes on its way around the others.
    let shortcut: ResidualConvolution?

    /// - Parameter width: the channels inside the block.
    init(_ block: ResNetConfiguration.Block, channels: Int, width: Int, stride: Int) {
        let outputs = width * block.expansion
        switch block {
        case .basic:
            convolutions = [
                ResidualConvolution(channels: channels, outputs: width, kernelSize: 3, stride: stride),
                ResidualConvolution(channels: width, outputs: width, kernelSize: 3, stride: 1),
            ]
        case .bottleneck:
            convolutions = [
                ResidualConvolution(channels: channels, outputs: width, kernelSize: 1, stride: 1),
                ResidualConvolution(channels: width, outputs: width, kernelSize: 3, stride: stride),
                ResidualConvolution(channels: width, outputs: outputs, kernelSize: 1, stride: 1),
            ]
        }
        let changesSize = stride != 1 || channels != outputs
        shortcut =
            changesSize ? ResidualConvolution(channels: channels, outputs: outputs, kernelSize: 1, stride: stride) : nil
    }
}

/// Two or three convolutions around a shortcut.
package final class ResidualBlock: Module {
    @Child("conv1") public var convolution1: Conv2d
    @Child("bn1") public var norm1: BatchNorm2d?
    @Child("conv2") public var convolution2: Conv2d
    @Child("bn2") public var norm2: BatchNorm2d?
    /// The last convolution of a bottleneck, and its normalisation.
    @Child("conv3") public var convolution3: Conv2d?
    @Child("bn3") public var norm3: BatchNorm2d?
    /// Where sizes change: a 1×1 convolution and its normalisation.
    @Child("downsample.0") public var shortcut: Conv2d?
    @Child("downsample.1") public var shortcutNorm: BatchNorm2d?

    init(_ plan: ResidualBlockPlan, hasBatchNorm: Bool) {
        func norm(_ convolution: ResidualConvolution?) -> BatchNorm2d? {
            hasBatchNorm ? convolution.map { BatchNorm2d(channels: $0.outputs) } : nil
        }
        let third = plan.convolutions.count > 2 ? plan.convolutions[2] : nil
        convolution1 = plan.convolutions[0].makeLayer()
        norm1 = norm(plan.convolutions[0])
        convolution2 = plan.convolutions[1].makeLayer()
        norm2 = norm(plan.convolutions[1])
        convolution3 = third?.makeLayer()
        norm3 = norm(third)
        shortcut = plan.shortcut?.makeLayer()
        shortcutNorm = norm(plan.shortcut)
    }

    /// `[batch, outputs, height / stride, width / stride]` for `[batch, channels, height, width]`.
    public func callAsFunction(_ input: Tensor) -> Tensor {
        let residual = shortcut.map { $0(input, norm: shortcutNorm) } ?? input
        return (inner(input) + residual).relu()
    }

    private func inner(_ input: Tensor) -> Tensor {
        let first = convolution1(input, norm: norm1, activation: .relu)
        guard let convolution3 else { return convolution2(first, norm: norm2) }
        return convolution3(convolution2(first, norm: norm2, activation: .relu), norm: norm3)
    }
}
