import LatheFiles
import LatheTensor

extension QuantizationConfig {
    // MARK: Writing

    /// The field, as compressed-tensors writes it.
    public var json: JSONValue {
        let formats = Set(groups.map(\.scheme.format)).subtracting([PackedForm.dense])
        let groups = groups.enumerated().map { index, group in JSONValue.Member("group_\(index)", Self.json(group)) }
        // Transformers raises an error for a model without `quant_method`, and ignores one that it does not know: the
        // weights would be random.
        let method =
            opensInPython
            ? JSONValue.Member(Self.methodKey, .string(Self.pythonMethod))
            : .init(Self.producerKey, .string(Self.ownMethod))
        return .object([
            .init("config_groups", .object(groups)),
            .init("format", .string(formats.count > 1 ? "mixed-precision" : formats.first ?? PackedForm.dense)),
            .init("global_compression_ratio", nil), .init("ignore", .array(ignored.map(JSONValue.string))),
            .init("kv_cache_scheme", nil),
            method, .init("quantization_status", "compressed"),
        ])
    }

    private static func json(_ group: Group) -> JSONValue {
        let scheme = group.scheme
        return [
            "format": .string(scheme.format), "input_activations": scheme.inputs.map(json) ?? nil,
            "output_activations": nil,
            "targets": .array(group.targets.map(JSONValue.string)), "weights": scheme.weight.map(json) ?? nil,
        ]
    }

    private static func json(_ weight: WeightScheme) -> JSONValue {
        var strategy = "channel", size: JSONValue = nil, rows: Int?
        switch weight.granularity {
        case .tensor: strategy = "tensor"
        case .channel, .token: break
        case .group(let columns): (strategy, size) = ("group", .integer(columns))
        case .rows(let count): (strategy, rows) = ("rows", count)
        }
        var members: [JSONValue.Member] = [
            .init("dynamic", false), .init("group_size", size), .init("num_bits", .integer(weight.bits)),
            .init("strategy", .string(strategy)),
            .init("symmetric", .bool(weight.grid == .symmetric)), .init("type", "int"),
        ]
        if let rows { members.append(.init("group_rows", .integer(rows))) }
        return .object(members)
    }

    private static func json(_ inputs: ActivationScheme) -> JSONValue {
        [
            "dynamic": .bool(inputs.isDynamic), "group_size": nil, "num_bits": .integer(inputs.bits),
            "strategy": inputs.isDynamic ? "token" : "tensor", "symmetric": .bool(inputs.grid == .symmetric),
            "type": "int",
        ]
    }

    // MARK: Reading

    /// Reads the field where it is there; what is wrong in it is reported to `fields`.
    public init?(_ fields: JSONFields) {
        guard let field = fields.objectIfPresent(Self.fieldName) else { return nil }
        // Files from before the key of the producer have Lathe's method under `quant_method`.
        let method = field[Self.methodKey]?.string ?? field[Self.producerKey]?.string
        guard method == Self.pythonMethod || method == Self.ownMethod else {
            field.report(
                Self.methodKey,
                "\(method.map(MessageText.plain) ?? "missing"); Lathe reads models of \(Self.pythonMethod) and its own (\(Self.ownMethod))"
            )
            return nil
        }
        let before = fields.problems.count
        opensInPython = method == Self.pythonMethod
        ignored = field["ignore"]?.array?.compactMap(\.string) ?? []
        if field["kv_cache_scheme"] != nil {
            field.report("kv_cache_scheme", "quantised keys and values are not supported")
        }
        if let status = field["quantization_status"]?.string, status != "compressed" {
            field.report(
                "quantization_status",
                "\(MessageText.plain(status)); Lathe reads weights that are stored in their bits (compressed)")
        }
        let usual = field["format"]?.string, list = field.object("config_groups")
        groups = []
        for key in list.keys {
            let group = list.object(key)
            let targets = group["targets"]?.array?.compactMap(\.string) ?? []
            if targets.isEmpty { group.report("targets", "missing; name the layers of the group") }
            let scheme = Self.scheme(group, usualFormat: usual)
            if opensInPython, scheme.inputs?.isDynamic == false {
                group.report(
                    "input_activations.dynamic",
                    "false; static ranges are supported in Lathe's own models only (\(Self.producerKey) \(Self.ownMethod))"
                )
            }
            groups.append(Group(targets: targets, scheme: scheme))
        }
        for target in groups.flatMap(\.targets) + ignored where target.hasPrefix("re:") {
            do throws(PythonRegexError) { _ = try PythonRegex(String(target.dropFirst(3))) } catch {
                field.report("config_groups", "\(MessageText.plain(target)) \(error)")
            }
        }
        if fields.problems.count > before { return nil }
    }

    private static func scheme(_ group: JSONFields, usualFormat: String?) -> LayerScheme {
        if group["output_activations"] != nil {
            group.report("output_activations", "quantised outputs are not supported")
        }
        let weight = group.objectIfPresent("weights").map(weight),
            inputs = group.objectIfPresent("input_activations").map(inputs)
        let inferred =
            weight == nil
            ? PackedForm.dense : inputs == nil || (weight?.bits ?? 8) < 8 ? "pack-quantized" : "int-quantized"
        let format = group["format"]?.string ?? (usualFormat == "mixed-precision" ? nil : usualFormat) ?? inferred
        if format != PackedForm.dense, PackedForm.named(format) == nil {
            group.report(
                "format",
                "\(MessageText.plain(format)) is not known; Lathe reads "
                    + PackedForm.all.map(\.format).joined(separator: ", "))
        }
        if weight != nil, format == PackedForm.dense {
            group.report("format", "\(format) does not go together with quantised weights")
        }
        // Only sparse weights may be floats and yet lie otherwise than a model's.
        let isDense = weight == nil && format != PackedForm.sparse.format
        return LayerScheme(format: isDense ? PackedForm.dense : format, weight: weight, inputs: inputs)
    }

    private static func weight(_ fields: JSONFields) -> WeightScheme {
        checkInteger(fields)
        if fields.bool("dynamic", default: false) { fields.report("dynamic", "weights have fixed scales; give false") }
        let granularity: Granularity
        let size = fields["group_size"]?.integer
        let strategy = fields["strategy"]?.string ?? (size.map { $0 > 0 ? "group" : "channel" } ?? "tensor")
        switch strategy {
        case "tensor": granularity = .tensor
        case "channel": granularity = .channel
        case "group": granularity = .group(size: fields.integer("group_size", in: 1...1 << 20))
        case "rows": granularity = .rows(fields.integer("group_rows", in: 1...1 << 30))
        default:
            fields.report(
                "strategy", "\(MessageText.plain(strategy)) is not known; Lathe reads tensor, channel, group, rows")
            granularity = .channel
        }
        if let order = fields["actorder"], order.string != "weight", order.string != "static", order.bool != false {
            fields.report("actorder", "columns in another order are not supported")
        }
        return WeightScheme(bits: fields.integer("num_bits", in: 1...8), grid: grid(fields), granularity: granularity)
    }

    private static func inputs(_ fields: JSONFields) -> ActivationScheme {
        checkInteger(fields)
        let isDynamic = fields.bool("dynamic", default: false)
        let strategy = fields["strategy"]?.string ?? "tensor"
        if strategy != (isDynamic ? "token" : "tensor") {
            fields.report(
                "strategy",
                "\(MessageText.plain(strategy)) is not supported; inputs have a range a token (dynamic) or one for all (static)"
            )
        }
        return ActivationScheme(
            bits: fields.integer("num_bits", in: 3...16), grid: grid(fields), granularity: isDynamic ? .token : .tensor)
    }

    private static func grid(_ fields: JSONFields) -> QuantizationGrid {
        fields.bool("symmetric", default: true) ? .symmetric : .asymmetric
    }

    private static func checkInteger(_ fields: JSONFields) {
        if let type = fields["type"]?.string, type != "int" {
            fields.report("type", "\(MessageText.plain(type)); Lathe reads integers (int)")
        }
    }
}
