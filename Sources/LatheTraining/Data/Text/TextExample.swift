/// One text, or a pair of them, with what a model shall say about it.
public struct TextExample: Equatable, Sendable {
    /// The text; of a pair, the first.
    public var text: String
    /// The second text of a pair.
    public var pair: String?
    /// What the data set says about it.
    public var label: Label

    /// Makes an example.
    public init(text: String, pair: String? = nil, label: Label = .none) {
        self.text = text
        self.pair = pair
        self.label = label
    }
}

extension TextExample {
    /// What a data set says about an example.
    public enum Label: Hashable, Sendable {
        /// A class: its place in the list of label names.
        case classIndex(Int32)
        /// Any number of labels: their places in the list of label names, in ascending order.
        case labelIndices([Int32])
        /// A number, for regression.
        case score(Float)
        /// Nothing, as in GLUE's test sets.
        case none
    }
}
