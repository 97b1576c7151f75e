import LatheNN
import LatheTensor

/// A layer whose sizes pruning can change.
protocol ResizableLayer: Module {
    var weightShape: [Int] { get }
    /// Gives the layer zeros of another shape.
    /// - Returns: what gives it back what it had.
    func resize(to shape: [Int]) -> () -> Void
}

extension ResizableLayer where Self: ShapeableLayer {
    func resize(to shape: [Int]) -> () -> Void {
        let old = weight, restoreBias = bias?.zero(as: [shape[0]])
        weight = .dense(Parameter(.zeros(shape)))
        return {
            self.weight = old
            restoreBias?()
        }
    }
}

extension Linear: ResizableLayer {
    var weightShape: [Int] { [outputs, inputs] }
}

extension Conv2d: ResizableLayer {
    var weightShape: [Int] { weight.shape }
}

extension BatchNorm2d: ResizableLayer {
    var weightShape: [Int] { weight.shape }

    func resize(to shape: [Int]) -> () -> Void {
        let restore = [weight, bias, runningMean, runningVariance].map { $0.zero(as: shape) }
        return { for back in restore { back() } }
    }
}

extension Parameter {
    /// Becomes zeros of another shape.
    /// - Returns: what gives it back what it had.
    fileprivate func zero(as shape: [Int]) -> () -> Void {
        let before = detached
        value = .zeros(shape)
        return { self.value = before }
    }
}
