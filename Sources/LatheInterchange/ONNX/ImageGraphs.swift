import LatheModels
import LatheNN
import LatheTensor

/// Residual networks and the patch encoder: `pixel_values` in, `logits` out.
extension GraphBuilder {
    /// - Throws: `ExportError`.
    func add(_ network: ResNet) throws {
        let images = input(
            "pixel_values", .float, [.named("batch_size"), .size(network.imageChannels), .named("height"), .named("width")])
        var first = try convolve(network.stem, images, norm: network.stemNorm, activation: .relu)
        if network.configuration.stem == .largeImages {
            first = add("MaxPool", first, attributes: [.ints("kernel_shape", [3, 3]), .ints("pads", [1, 1, 1, 1]), .ints("strides", [2, 2])])
        }
        let blocks = network.stage1 + network.stage2 + network.stage3 + network.stage4
        let features = try blocks.reduce(first) { try residual($1, $0) }
        let pooled = add("Flatten", add("GlobalAveragePool", features), attributes: [.int("axis", 1)])
        output(try linear(network.classifier, pooled), as: "logits", [.named("batch_size"), .size(network.labelCount)])
    }

    private func residual(_ block: ResidualBlock, _ input: GraphValue) throws -> GraphValue {
        let around = try block.shortcut.map { try convolve($0, input, norm: block.shortcutNorm) } ?? input
        var inner = try convolve(block.convolution1, input, norm: block.norm1, activation: .relu)
        if let last = block.convolution3 {
            inner = try convolve(block.convolution2, inner, norm: block.norm2, activation: .relu)
            inner = try convolve(last, inner, norm: block.norm3)
        } else {
            inner = try convolve(block.convolution2, inner, norm: block.norm2)
        }
        return within(block) { activate(add("Add", inner, around), .relu) }
    }

    /// - Throws: `ExportError`.
    func add(_ network: PatchEncoder) throws {
        let configuration = network.configuration, (channels, patch, image) = (configuration.channels, configuration.patchSize, configuration.imageSize)
        let side = image / patch
        let images = input("pixel_values", .float, [.named("batch_size"), .size(channels), .size(image), .size(image)])
        let tiles = transpose(reshape(images, [0, channels, side, patch, side, patch]), [0, 2, 4, 1, 3, 5])
        let tokens = try linear(network.patches, reshape(tiles, [0, side * side, channels * patch * patch]))
        let positions = embed(network.positions, constant(Array(0..<network.positions.rows)), rank: 1)
        let embedded = normalize(network.norm, add("Add", tokens, positions))
        let hidden = try encode(network.encoder, embedded, mask: nil, activation: configuration.encoder.activation)
        let mean = add("ReduceMean", hidden, attributes: [.ints("axes", [1]), .int("keepdims", 0)])
        output(try linear(network.classifier, mean), as: "logits", [.named("batch_size"), .size(network.labelCount)])
    }
}
