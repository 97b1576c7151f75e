/// A width that several layers of a block have in common: the outputs of the layers that produce it, the inputs of
/// those that read it.
///
/// ```swift
/// // The gate and up projections of a gated feed-forward network shrink as one, and the down projection along with them.
/// SharedWidth("feed-forward network", of: .values, from: [gate, up], to: [down])
/// ```
public struct SharedWidth {
    /// What pruning can take out of a width.
    public enum Unit {
        /// Single values.
        case values
        /// Heads of an attention, each of as many consecutive values. The layers that read the width are scored.
        case heads(of: any HeadCounting)
        /// Channels of images.
        case channels
        /// Nothing: layers elsewhere have this width too.
        case fixed
    }

    /// A layer whose outputs make up the width.
    public struct Producer {
        public let layer: any ShrinkableLayer
        /// The batch normalisation behind the layer.
        public let norm: BatchNorm2d?
        /// The times that the width is in the layer's outputs: 3 for a layer that computes query, key and value.
        public let copies: Int
        /// The heads of the attention that share one of this layer's: more than 1 for keys and values of grouped-query
        /// attention.
        public let sharing: Int

        public init(_ layer: any ShrinkableLayer, norm: BatchNorm2d? = nil, copies: Int = 1, sharing: Int = 1) {
            (self.layer, self.norm, self.copies, self.sharing) = (layer, norm, copies, sharing)
        }
    }

    /// The name in messages.
    public let name: String
    public let unit: Unit
    public let producers: [Producer]
    public let readers: [any ShrinkableLayer]
    /// Sizes of other parts that have the width.
    public let sizes: [Int]

    /// - Parameters:
    ///   - name: the name in messages.
    ///   - unit: what pruning can take out.
    ///   - producers: the layers whose outputs make up the width.
    ///   - readers: the layers whose inputs have the width.
    ///   - sizes: sizes of other parts that have the width.
    public init(
        _ name: String, of unit: Unit, from producers: [Producer] = [], to readers: [any ShrinkableLayer] = [],
        sizes: [Int] = []
    ) {
        (self.name, self.unit, self.producers, self.readers, self.sizes) = (name, unit, producers, readers, sizes)
    }

    /// A width whose producers have no normalisations and give it once.
    public init(
        _ name: String, of unit: Unit, from producers: [any ShrinkableLayer], to readers: [any ShrinkableLayer] = [],
        sizes: [Int] = []
    ) {
        self.init(name, of: unit, from: producers.map { Producer($0) }, to: readers, sizes: sizes)
    }

    /// All layers that shrink when a part of the width goes.
    public var layers: [any ShrinkableLayer] { producers.map(\.layer) + producers.compactMap(\.norm) + readers }

    /// Whether `layer` is one of the producers.
    public func isProduced(by layer: any Module) -> Bool { producers.contains { $0.layer === layer } }

    /// Whether `layer` is one of the readers.
    public func isRead(by layer: any Module) -> Bool { readers.contains { $0 === layer } }

    /// What does not fit, in words; `nil` if everything does.
    var problem: String? {
        let plain = producers.compactMap(\.norm).map(\.outputs) + readers.map(\.inputs)
        guard
            let size = sizes.first ?? plain.first ?? producers.first.map({ $0.layer.outputs / $0.copies * $0.sharing })
        else { return nil }
        guard producers.allSatisfy({ $0.layer.outputs * $0.sharing == size * $0.copies }),
            (sizes + plain).allSatisfy({ $0 == size })
        else {
            let all = sizes.map(String.init) + producers.map(\.described) + plain.map(String.init)
            return "\(name): sizes [\(all.joined(separator: ", "))] should be equal"
        }
        if case .heads(let attention) = unit, size % attention.heads != 0 {
            return "\(name): \(attention.heads) heads do not divide a size of \(size)"
        }
        return nil
    }
}

extension SharedWidth.Producer {
    fileprivate var described: String {
        "\(layer.outputs)" + (copies > 1 ? " / \(copies)" : "") + (sharing > 1 ? " · \(sharing)" : "")
    }
}
