import LatheNN
import LatheTensor

/// A layer whose sizes pruning can change.
protocol ResizableLayer: Module {
    var weightShape: [Int] { get }
    /// Gives the layer zeros of another shape.
    /// - Returns: what gives it back what it had.
    func resize(to shape: [Int]) -> () -> Void
}

extension Linear: ResizableLayer {
    var weightShape: [Int] { [outputs, inputs] }

    func resize(to shape: [Int]) -> () -> Void {
        let before = (weight: weight, bias: bias?.detached)
        weight = .dense(Parameter(.zeros(shape)))
        bias?.value = .zeros([shape[0]])
        return {
            self.weight = before.weight
            if let value = before.bias { self.bias?.value = value }
        }
    }
}

extension Conv2d: ResizableLayer {
    var weightShape: [Int] { weight.shape }

    func resize(to shape: [Int]) -> () -> Void {
        let before = (weight: weight, bias: bias?.detached)
        weight = .dense(Parameter(.zeros(shape)))
        bias?.value = .zeros([shape[0]])
        return {
            self.weight = before.weight
            if let value = before.bias { self.bias?.value = value }
        }
    }
}

extension BatchNorm2d: ResizableLayer {
    var weightShape: [Int] { weight.shape }

    func resize(to shape: [Int]) -> () -> Void {
        let before = [weight, bias, runningMean, runningVariance].map { (parameter: $0, value: $0.detached) }
        for (parameter, _) in before { parameter.value = .zeros(shape) }
        return { for (parameter, value) in before { parameter.value = value } }
    }
}
