import LatheModels
import LatheNN
import LatheTensor

/// Finds what in a config does not fit the sizes of the layers that it takes, and what is not supported.
struct FitCheck {
    private(set) var problems: [JSONFields.Problem] = []

    init(_ config: CompressionConfig, _ layers: SelectedLayers) {
        if config.weightQuantization.isEnabled { checkGroups(config.weightQuantization.groupCount, layers.of(.weightQuantization)) }
        if config.weightQuantization.isEnabled { checkEigenvalue(config.weightQuantization) }
        if config.sparsePruning.isEnabled, case .snipMomentum(let snip) = config.sparsePruning.method {
            layers.of(.sparsePruning).forEach { checkBlocks($0, snip.blockPattern) }
        }
        if config.rowPruning.isEnabled { layers.of(.rowPruning).forEach { checkRows($0) } }
        if config.headPruning.isEnabled, let heads = config.headPruning.headCount { layers.of(.headPruning).forEach { checkHeads($0, heads) } }
        if config.channelPruning.isEnabled { layers.of(.channelPruning).forEach { checkChannels($0) } }
    }

    private mutating func report(_ technique: Technique, _ rest: String, _ text: String) {
        problems.append(.init(key: "compression_training.\(technique.key).\(rest)", text: text))
    }

    private mutating func checkEigenvalue(_ section: CompressionConfig.WeightQuantization) {
        guard section.eigenvalue.isEnabled, !section.isInForward else { return }
        report(.weightQuantization, "shared_parameters.eigenvalue.enabled", "periods that follow the loss's curvature are not supported yet; set it to false")
    }

    private mutating func checkGroups(_ count: Int, _ layers: [SelectedLayer]) {
        for layer in layers where !(layer.layer is Embedding) && layer.weightShape.elementCount % count != 0 {
            let numbers = layer.weightShape.elementCount
            report(
                .weightQuantization, "shared_parameters.quantize_groups",
                "\(count) does not divide the \(numbers) weights of \(layer.path) \(layer.weightShape); \(Self.near(count, dividing: numbers))")
        }
    }

    /// The divisors of `numbers` next to `count`.
    private static func near(_ count: Int, dividing numbers: Int) -> String {
        let below = stride(from: min(count, numbers), through: 1, by: -1).first { numbers % $0 == 0 } ?? 1
        let above = (count...max(count, numbers)).first { numbers % $0 == 0 } ?? numbers
        return "use \(below)" + (above == below ? "" : " or \(above)")
    }

    private mutating func checkBlocks(_ layer: SelectedLayer, _ pattern: BlockPattern) {
        let (rows, columns) = WeightMatrix.size(of: layer.weightShape), unit = pattern.unit(rows: rows, columns: columns)
        guard rows % unit.rows != 0 || columns % unit.columns != 0 else { return }
        report(
            .sparsePruning, "shared_parameters.block_pattern",
            "\(pattern) does not divide the \(rows) outputs of \(columns) inputs each of \(layer.path); exclude it (excluded_modules), "
                + "or choose blocks that do")
    }

    private mutating func checkRows(_ layer: SelectedLayer) {
        for (path, module) in layer.related {
            guard let reader = module as? Linear else {
                report(.rowPruning, "different_groups.\(layer.group).related_modules", "\(path) is no linear layer, and only those have columns that go with rows")
                continue
            }
            let rows = layer.weightShape.first ?? 0
            if reader.inputs != rows {
                report(
                    .rowPruning, "different_groups.\(layer.group).related_modules",
                    "\(path) has \(reader.inputs) columns, and \(layer.path) \(rows) rows; name the layer that reads them")
            }
        }
    }

    private mutating func checkHeads(_ layer: SelectedLayer, _ heads: Int) {
        let columns = layer.weightShape.last ?? 0
        guard columns % heads == 0 else {
            return report(.headPruning, "shared_parameters.num_heads", "\(heads) heads do not divide the \(columns) columns of \(layer.path)")
        }
        for (path, module) in layer.related {
            guard let producer = module as? Linear, producer.outputs == columns || producer.outputs == 3 * columns else {
                report(
                    .headPruning, "different_groups.\(layer.group).related_modules",
                    "\(path) does not give the \(columns) values that \(layer.path) reads; name query, key and value of the same attention")
                continue
            }
        }
    }

    private mutating func checkChannels(_ layer: SelectedLayer) {
        let channels = layer.weightShape.first ?? 0, key = "different_groups.\(layer.group).related_modules"
        for (path, module) in layer.related {
            switch module {
            case let reader as Conv2d where reader.options.groups != 1: report(.channelPruning, key, "\(path) has groups, and its channels cannot go")
            case let reader as Conv2d where reader.channels != channels:
                report(.channelPruning, key, "\(path) reads \(reader.channels) channels, and \(layer.path) gives \(channels); name the convolution that reads them")
            case let norm as BatchNorm2d where norm.channels != channels:
                report(.channelPruning, key, "\(path) has \(norm.channels) channels, and \(layer.path) \(channels); name the normalisation behind it")
            case is Conv2d, is BatchNorm2d: break
            default: report(.channelPruning, key, "\(path) is neither a convolution nor a batch normalisation")
            }
        }
    }
}
