import LatheNN
import LatheTensor

/// Takes rows, columns and channels out of layers with dense weights.
enum Shrinking {
    /// Keeps these outputs of a linear layer: rows of its weight and entries of its bias.
    static func keepOutputs(_ indices: [Int], of layer: Linear) {
        layer.weight = .dense(keepingRows(indices, of: denseParameter(layer)))
        if let bias = layer.bias { bias.value = bias.detached.keeping(indices, axis: 0) }
    }

    /// Keeps these inputs of a linear layer: columns of its weight.
    static func keepInputs(_ indices: [Int], of layer: Linear) {
        layer.weight = .dense(keepingColumns(indices, of: denseParameter(layer)))
    }

    /// Keeps these outputs of a convolution: filters and entries of its bias.
    static func keepOutputs(_ indices: [Int], of layer: Conv2d) {
        layer.weight = .dense(keepingRows(indices, of: denseParameter(layer)))
        if let bias = layer.bias { bias.value = bias.detached.keeping(indices, axis: 0) }
    }

    /// Keeps these input channels of a convolution without groups.
    static func keepInputs(_ indices: [Int], of layer: Conv2d) {
        precondition(layer.options.groups == 1, "channels of a convolution with groups")
        layer.weight = .dense(keepingColumns(indices, of: denseParameter(layer)))
    }

    /// Keeps these channels of a normalisation, running statistics included.
    static func keepChannels(_ indices: [Int], of norm: BatchNorm2d) {
        for parameter in [norm.weight, norm.bias, norm.runningMean, norm.runningVariance] { parameter.value = parameter.detached.keeping(indices, axis: 0) }
    }

    /// The indices of the values of `heads`, each `size` values, in each of `parts` equal parts of a row of values.
    static func values(ofHeads heads: [Int], size: Int, parts: Int = 1, headCount: Int) -> [Int] {
        (0..<parts).flatMap { part in heads.flatMap { head in (0..<size).map { (part * headCount + head) * size + $0 } } }
    }

    static func denseWeight(_ layer: some ShapeableLayer) -> Tensor { denseParameter(layer).detached }

    /// Rows leave with their scales.
    private static func keepingRows(_ indices: [Int], of parameter: Parameter) -> Parameter {
        Parameter(parameter.detached.keeping(indices, axis: 0), grid: parameter.grid?.keepingRows(indices))
    }

    private static func keepingColumns(_ indices: [Int], of parameter: Parameter) -> Parameter {
        Parameter(parameter.detached.keeping(indices, axis: 1), grid: parameter.grid?.keepingColumns)
    }

    private static func denseParameter(_ layer: some ShapeableLayer) -> Parameter {
        guard layer.weight.shaped == nil, let parameter = layer.weight.parameter else {
            preconditionFailure("only dense weights shrink; bake the others first")
        }
        return parameter
    }
}
