import LatheFiles

/// What `quantization_config` in a `config.json` says: groups of layers, and how each group's weights and inputs are
/// quantised.
///
/// The words are those of the Python package compressed-tensors, which opens what it knows. Where a model needs more
/// than that (forms and layers that Lathe has added), `producer` is `lathe` and `quant_method` is missing, so that
/// Python's tools refuse the model instead of misreading it. See `docs/packed-format.md`.
public struct QuantizationConfig: Sendable, Hashable {
    /// Layers of one scheme.
    public struct Group: Sendable, Hashable {
        /// Paths of layers, kinds of layers (`Linear`), or regular expressions behind `re:`, which match from the
        /// path's beginning.
        public var targets: [String]
        public var scheme: LayerScheme

        public init(targets: [String], scheme: LayerScheme) {
            (self.targets, self.scheme) = (targets, scheme)
        }
    }

    /// The field of `config.json`, and the key of a file's metadata.
    public static let fieldName = "quantization_config"
    static let methodKey = "quant_method", producerKey = "producer"
    static let pythonMethod = "compressed-tensors"
    static let ownMethod = "lathe"

    public var groups: [Group]
    /// Layers that no group takes, named as targets are.
    public var ignored: [String]
    /// Whether the package compressed-tensors opens the model.
    public var opensInPython: Bool

    public init(groups: [Group], ignored: [String] = [], opensInPython: Bool) {
        (self.groups, self.ignored, self.opensInPython) = (groups, ignored, opensInPython)
    }

    /// The configuration of layers with these schemes, in their order; nil when there is none.
    /// - Parameters:
    ///   - schemes: the layers by their paths.
    ///   - opensInPython: whether no layer is of a kind that compressed-tensors cannot quantise.
    public init?(_ schemes: [(path: String, scheme: LayerScheme)], opensInPython: Bool) {
        if schemes.isEmpty { return nil }
        groups = []
        var places: [LayerScheme: Int] = [:]
        for (path, scheme) in schemes {
            if let place = places[scheme] {
                groups[place].targets.append(path)
            } else {
                places[scheme] = groups.count
                groups.append(Group(targets: [path], scheme: scheme))
            }
        }
        ignored = []
        self.opensInPython = opensInPython && groups.allSatisfy(\.scheme.opensInPython)
    }

    /// The scheme of a layer; nil where no group takes it. A path goes before an expression, an expression before a
    /// kind.
    /// - Parameters:
    ///   - names: what the layer may be called, its own name first.
    ///   - kind: `Linear`, `Embedding`, `Conv2d`, as Python calls it.
    public func scheme(of names: [String], kind: String) -> LayerScheme? {
        if ignored.contains(where: { Self.matches($0, names, kind) }) { return nil }
        func first(_ isWanted: (String) -> Bool) -> LayerScheme? {
            groups.first { group in group.targets.contains { isWanted($0) && Self.matches($0, names, kind) } }?.scheme
        }
        return first { names.contains($0) } ?? first { $0.hasPrefix("re:") } ?? first { _ in true }
    }

    private static func matches(_ target: String, _ names: [String], _ kind: String) -> Bool {
        if target.hasPrefix("re:") {
            // The file's reader has refused what is not a regular expression.
            guard let expression = try? PythonRegex(String(target.dropFirst(3))) else { return false }
            return names.contains { expression.matchesStart(of: $0) }
        }
        return target == kind || names.contains(target)
    }
}

extension LayerScheme {
    /// Whether compressed-tensors has the form, the granularity of the scales, and the range of inputs.
    var opensInPython: Bool {
        guard PackedForm.pythonFormats.contains(format), inputs?.isDynamic ?? true else { return false }
        switch weight?.granularity {
        case .rows: return false
        case .tensor: return weight?.grid == .symmetric
        case .channel, .group, .token, nil: return true
        }
    }
}
