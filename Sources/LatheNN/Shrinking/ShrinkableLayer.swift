import LatheTensor

/// A layer of which outputs and inputs can be taken out.
public protocol ShrinkableLayer: Module {
    /// The values, or channels, that leave the layer.
    var outputs: Int { get }
    /// The values, or channels, that enter the layer.
    var inputs: Int { get }
    /// The shape of the weight, which tells files the layer's sizes.
    var weightShape: [Int] { get }
    /// Keeps the outputs with these indices, in this order.
    /// - Precondition: the weight is dense.
    func keepOutputs(_ indices: [Int])
    /// Keeps the inputs with these indices, in this order.
    /// - Precondition: the weight is dense.
    func keepInputs(_ indices: [Int])
    /// Gives the layer a weight of another shape, of zeros.
    /// - Returns: a closure that restores what the layer had.
    func resize(to shape: [Int]) -> () -> Void
}

extension ShrinkableLayer where Self: CompressibleLayer {
    /// Keeps rows of the weight, with their scales, and entries of the bias.
    public func keepOutputs(_ indices: [Int]) {
        let parameter = denseParameter
        weight = .dense(
            Parameter(parameter.detached.keeping(indices, axis: 0), grid: parameter.grid?.keepingRows(indices)))
        bias?.keep(indices)
    }

    /// Keeps columns of the weight.
    public func keepInputs(_ indices: [Int]) {
        let parameter = denseParameter
        weight = .dense(Parameter(parameter.detached.keeping(indices, axis: 1), grid: parameter.grid?.keepingColumns))
    }

    public func resize(to shape: [Int]) -> () -> Void {
        let old = weight, restoreBias = bias?.zero(as: [shape[0]])
        weight = .dense(Parameter(.zeros(shape)))
        return {
            self.weight = old
            restoreBias?()
        }
    }

    private var denseParameter: Parameter {
        guard weight.transformed == nil, let parameter = weight.parameter else {
            preconditionFailure("only dense weights shrink; bake the others first")
        }
        return parameter
    }
}

extension Linear: ShrinkableLayer {
    public var weightShape: [Int] { [outputs, inputs] }
}

extension Conv2d: ShrinkableLayer {
    /// The channels of the images that it reads.
    public var inputs: Int { channels }
    public var weightShape: [Int] { weight.shape }
}

extension BatchNorm2d: ShrinkableLayer {
    public var outputs: Int { channels }
    public var inputs: Int { channels }
    public var weightShape: [Int] { weight.shape }

    public func keepOutputs(_ indices: [Int]) {
        for parameter in [weight, bias, runningMean, runningVariance] { parameter.keep(indices) }
    }

    public func keepInputs(_ indices: [Int]) { keepOutputs(indices) }

    public func resize(to shape: [Int]) -> () -> Void {
        let restore = [weight, bias, runningMean, runningVariance].map { $0.zero(as: shape) }
        return { for back in restore { back() } }
    }
}

extension Parameter {
    /// Keeps the entries of a vector with these indices.
    fileprivate func keep(_ indices: [Int]) { value = detached.keeping(indices, axis: 0) }

    /// Becomes zeros of another shape.
    /// - Returns: a closure that restores what it was.
    fileprivate func zero(as shape: [Int]) -> () -> Void {
        let before = detached
        value = .zeros(shape)
        return { self.value = before }
    }
}
