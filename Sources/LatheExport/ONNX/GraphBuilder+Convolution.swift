import LatheNN
import LatheTensor

extension GraphBuilder {
    /// `activation(norm(convolution(x)))` of images.
    /// - Throws: `ExportError`.
    func convolve(_ layer: Conv2d, _ input: GraphValue, norm: BatchNorm2d?, activation: Activation) throws -> GraphValue
    {
        let path = path(of: layer), content = try LayerContent(layer, at: path).with(staticInputs: inputRanges[path])
        var result = within(layer) { convolution(input, content, layer, path) }
        if let norm { result = normalize(norm, result) }
        return within(layer) { activate(result, activation) }
    }

    private func convolution(_ input: GraphValue, _ content: LayerContent, _ layer: Conv2d, _ path: String)
        -> GraphValue
    {
        let name = path + ".weight", options = layer.options, size = Array(layer.weight.shape.dropFirst(2)),
            image = [1, 2, 3]
        let attributes: [GraphAttribute] = [
            .ints("dilations", [options.dilation, options.dilation]), .int("group", options.groups),
            .ints("kernel_shape", size),
            .ints("pads", [Int](repeating: options.padding, count: 4)),
            .ints("strides", [options.stride, options.stride]),
        ]
        func bias(_ value: GraphValue) -> GraphValue {
            guard let bias = content.bias else { return value }
            return add("Add", value, weight(path + ".bias", bias.reshaped([bias.elementCount, 1, 1])))
        }
        guard keepsCodes, case .codes(let tensor) = content.weight else {
            let input = content.roundings.reduce(input) { round($0, $1, axes: image) }
            return bias(add("Conv", input, weight(name, content.weight.values), attributes: attributes))
        }
        let coded = CodedWeight(tensor)
        let isPlain = coded.zeroPoints == nil && coded.groups == 1 && options.groups == 1
        if isPlain, let rounding = content.roundings.last, rounding.range == nil, rounding.grid == .symmetric,
            rounding.bits <= 8
        {
            let input = content.roundings.dropLast().reduce(input) { round($0, $1, axes: image) }
            // uint8 kernels in every type: ONNX Runtime takes three times as long for int8 ones.
            let codes = quantize(input, rounding, axes: image)
            let kernels = weight(name + "_quantized", coded.codes.raisedToUnsigned.reshaped(coded.shape))
            let sums = add(
                "ConvInteger", codes.codes, kernels, codes.zeroPoint, constant(Tensor(uint8: 128)),
                attributes: attributes)
            let scales = weight(name + "_scale", coded.scales.reshaped([coded.rows, 1, 1]))
            return bias(add("Mul", add("Mul", cast(sums, to: .float), codes.scale), scales))
        }
        let input = content.roundings.reduce(input) { quantizeAndBack($0, $1) ?? round($0, $1, axes: image) }
        return bias(add("Conv", input, dequantized(coded, name, transposed: false), attributes: attributes))
    }

    private func normalize(_ layer: BatchNorm2d, _ input: GraphValue) -> GraphValue {
        let path = path(of: layer)
        return within(layer) {
            let parts = [
                ("weight", layer.weight), ("bias", layer.bias), ("running_mean", layer.runningMean),
                ("running_var", layer.runningVariance),
            ]
            let values = parts.map { weight("\(path).\($0.0)", $0.1.detached) }
            return add(
                "BatchNormalization", [input] + values, attributes: [.float("epsilon", layer.epsilon)], outputCount: 1)[
                    0]
        }
    }
}
