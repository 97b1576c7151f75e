import LatheFiles
import LatheNN

/// Finds what in a config does not fit the sizes of the layers that it takes, and what is not supported.
struct FitCheck {
    private(set) var problems: [JSONFields.Problem] = []
    private let network: any Module

    init(_ config: CompressionConfig, _ layers: SelectedLayers, _ network: any Module) {
        self.network = network
        if let packed = network.namedModules.first(where: {
            ($0.module as? any CompressibleLayer).map { $0.weight.parameter == nil } ?? false
        }) {
            problems = [
                .init(
                    key: "compression_training",
                    text:
                        "\(packed.path) holds packed weights, which cannot be trained; compress the model that they were packed from, or its unpacked form"
                )
            ]
            return
        }
        let weights = config.weightQuantization
        if weights.isEnabled {
            let quantized = layers.of(.weightQuantization), tables = weights.tables(among: quantized)
            checkGroups(weights.groupCount, quantized.filter { !tables.contains($0.path) })
        }
        if weights.followsCurvature { checkEigenvalue(weights.eigenvalue) }
        if config.sparsePruning.isEnabled, case .snipMomentum(let snip) = config.sparsePruning.method {
            layers.of(.sparsePruning).forEach { checkBlocks($0, snip.blockPattern) }
        }
        if config.rowPruning.isEnabled { layers.of(.rowPruning).forEach { checkRows($0) } }
        if config.headPruning.isEnabled, let heads = config.headPruning.headCount {
            layers.of(.headPruning).forEach { checkHeads($0, heads) }
        }
        if config.channelPruning.isEnabled { layers.of(.channelPruning).forEach { checkChannels($0) } }
    }

    private mutating func report(_ technique: Technique, _ rest: String, _ text: String) {
        problems.append(.init(key: "compression_training.\(technique.key).\(rest)", text: text))
    }

    private mutating func checkEigenvalue(_ section: CompressionConfig.Eigenvalue) {
        let blocks = NetworkBlocks.count(below: section.layerName, in: network)
        if blocks == 0 {
            let names = NetworkBlocks.names(in: network).map { "\"\($0)\"" }
            let cure =
                names.isEmpty
                ? "this network has no such blocks; set enabled to false"
                : "this network has them below \(names.joined(separator: ", "))"
            report(
                .weightQuantization, "shared_parameters.eigenvalue.layer_name",
                "no numbered blocks below \"\(section.layerName)\"; \(cure)")
        } else if section.layerCount > blocks {
            report(
                .weightQuantization, "shared_parameters.eigenvalue.layer_num",
                "\(section.layerCount), but \(section.layerName) has \(blocks) blocks; use 0 for all of them")
        }
    }

    private mutating func checkGroups(_ count: Int, _ layers: [SelectedLayer]) {
        for layer in layers where layer.weightShape.elementCount % count != 0 {
            let numbers = layer.weightShape.elementCount
            report(
                .weightQuantization, "shared_parameters.quantize_groups",
                "\(count) does not divide the \(numbers) weights of \(layer.path) \(layer.weightShape); \(Self.near(count, dividing: numbers))"
            )
        }
    }

    /// The divisors of `numbers` next to `count`.
    private static func near(_ count: Int, dividing numbers: Int) -> String {
        let below = stride(from: min(count, numbers), through: 1, by: -1).first { numbers % $0 == 0 } ?? 1
        let above = (count...max(count, numbers)).first { numbers % $0 == 0 } ?? numbers
        return "use \(below)" + (above == below ? "" : " or \(above)")
    }

    private mutating func checkBlocks(_ layer: SelectedLayer, _ pattern: BlockPattern) {
        let (rows, columns) = WeightMatrix.size(of: layer.weightShape),
            unit = pattern.unit(rows: rows, columns: columns)
        guard rows % unit.rows != 0 || columns % unit.columns != 0 else { return }
        report(
            .sparsePruning, "shared_parameters.block_pattern",
            "\(pattern) does not divide the \(rows) outputs of \(columns) inputs each of \(layer.path); exclude it (excluded_modules), "
                + "or choose blocks that do")
    }

    private mutating func checkRows(_ layer: SelectedLayer) {
        let before = problems.count, width = RelatedModules.width(of: layer.layer, .rowPruning, in: network)
        for (path, module) in layer.related {
            guard let related = module.linearLayer else {
                report(
                    .rowPruning, "different_groups.\(layer.group).related_modules",
                    "\(path) is no linear layer, and only those have columns that go with rows")
                continue
            }
            let rows = layer.weightShape.first ?? 0
            if width?.isProduced(by: related) != true, related.inputs != rows {
                report(
                    .rowPruning, "different_groups.\(layer.group).related_modules",
                    "\(path) has \(related.inputs) columns, and \(layer.path) \(rows) rows; name the layer that reads them"
                )
            }
        }
        checkRelated(layer, .rowPruning, isClean: problems.count == before)
    }

    private mutating func checkHeads(_ layer: SelectedLayer, _ heads: Int) {
        let columns = layer.weightShape.last ?? 0, before = problems.count,
            width = RelatedModules.width(of: layer.layer, .headPruning, in: network)
        if let attention = RelatedModules.attention(before: layer.layer, in: network), attention.heads != heads {
            let count = attention.heads
            return report(
                .headPruning, "shared_parameters.num_heads",
                "\(heads), but the attention before \(layer.path) has \(count) heads; use \(count)")
        }
        guard columns % heads == 0 else {
            return report(
                .headPruning, "shared_parameters.num_heads",
                "\(heads) heads do not divide the \(columns) columns of \(layer.path)")
        }
        for (path, module) in layer.related {
            guard let producer = module.linearLayer,
                producer.outputs == columns || producer.outputs == 3 * columns
                    || width?.isProduced(by: producer) == true
            else {
                report(
                    .headPruning, "different_groups.\(layer.group).related_modules",
                    "\(path) does not give the \(columns) values that \(layer.path) reads; name query, key and value of the same attention"
                )
                continue
            }
        }
        checkRelated(layer, .headPruning, isClean: problems.count == before)
    }

    private mutating func checkChannels(_ layer: SelectedLayer) {
        let channels = layer.weightShape.first ?? 0, key = "different_groups.\(layer.group).related_modules",
            before = problems.count
        for (path, module) in layer.related {
            switch module {
            case let reader as Conv2d where reader.options.groups != 1:
                report(.channelPruning, key, "\(path) has groups, and its channels cannot go")
            case let reader as Conv2d where reader.channels != channels:
                report(
                    .channelPruning, key,
                    "\(path) reads \(reader.channels) channels, and \(layer.path) gives \(channels); name the convolution that reads them"
                )
            case let norm as BatchNorm2d where norm.channels != channels:
                report(
                    .channelPruning, key,
                    "\(path) has \(norm.channels) channels, and \(layer.path) \(channels); name the normalisation behind it"
                )
            case is Conv2d, is BatchNorm2d: break
            default: report(.channelPruning, key, "\(path) is neither a convolution nor a batch normalisation")
            }
        }
        checkRelated(layer, .channelPruning, isClean: problems.count == before)
    }

    /// Layers of the right size may still be the wrong ones: all that read what goes must shrink along, and nothing
    /// else. Of a network of one's own nothing more is known than its sizes, so a config is believed.
    private mutating func checkRelated(_ layer: SelectedLayer, _ technique: Technique, isClean: Bool) {
        guard isClean, !layer.related.isEmpty, RelatedModules.know(layer.layer, in: network) else { return }
        let known = RelatedModules.related(to: layer.layer, technique, in: network).map { ObjectIdentifier($0) }
        if Set(known) == Set(layer.related.map { ObjectIdentifier($0.module) }) { return }
        let paths = network.namedModules.filter { known.contains(ObjectIdentifier($0.module)) }.map(\.path)
        let named = layer.related.map(\.path).joined(separator: ", ")
        report(
            technique, "different_groups.\(layer.group).related_modules",
            paths.isEmpty
                ? "nothing can shrink along with \(layer.path), got \(named); leave out related_modules, and its pruned parts become zeros"
                : "\(paths.joined(separator: ", ")) must shrink along with \(layer.path), got \(named)")
    }
}

extension Module {
    /// The layer itself, if it multiplies rows and outputs and inputs can be taken out of it.
    var linearLayer: (any ShrinkableLayer)? {
        (self as? any CompressibleLayer)?.kind == .linear ? self as? any ShrinkableLayer : nil
    }
}
