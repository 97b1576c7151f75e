import LatheNN
import LatheTensor

/// A perceptron with one hidden layer.
final class ToyPerceptron: Module {
    @Child("hidden") var hidden: Linear
    @Child("output") var output: Linear

    init(inputs: Int, hidden width: Int, classes: Int) {
        hidden = Linear(inputs: inputs, outputs: width)
        output = Linear(inputs: width, outputs: classes)
    }

    func callAsFunction(_ input: Tensor) -> Tensor { output(hidden(input, activation: .tanh)) }
}

/// Two convolutions with batch normalisation for images of 8×8.
final class ToyConvolution: Module {
    @Child("conv1") var first: Conv2d
    @Child("bn1") var firstNorm: BatchNorm2d
    @Child("conv2") var second: Conv2d
    @Child("bn2") var secondNorm: BatchNorm2d
    @Child("fc") var classifier: Linear

    init(classes: Int) {
        first = Conv2d(channels: 1, outputs: 8, kernelSize: 3, options: .init(padding: 1), hasBias: false)
        firstNorm = BatchNorm2d(channels: 8)
        second = Conv2d(channels: 8, outputs: 16, kernelSize: 3, options: .init(stride: 2, padding: 1), hasBias: false)
        secondNorm = BatchNorm2d(channels: 16)
        classifier = Linear(inputs: 16 * 4, outputs: classes)
    }

    /// `[batch, classes]` for `[batch, 1, 8, 8]`.
    func callAsFunction(_ images: Tensor) -> Tensor {
        let features = secondNorm(second(firstNorm(first(images)).relu())).relu()
        return classifier(features.maxPool2d(size: 2).reshaped([images.shape[0], -1]))
    }
}
