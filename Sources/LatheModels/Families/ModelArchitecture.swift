/// The network that a `config.json` describes: a family's, with a head.
public struct ModelArchitecture: Hashable, Sendable {
    public let family: any ModelFamily
    public var head: ModelHead

    public init(_ family: some ModelFamily, _ head: ModelHead) {
        self.family = family
        self.head = head
    }

    private init(of family: any ModelFamily, _ head: ModelHead) {
        self.family = family
        self.head = head
    }

    /// The architecture of a family's model whose `config.json` does not name a class.
    init(usualOf family: any ModelFamily) { self.init(of: family, family.usualHead) }

    /// The architecture with such a class; `nil` if no family has it.
    init?(className: String) {
        for family in ModelFamilies.all {
            guard
                let found = (Array(family.classes) + Array(family.readOnlyClasses)).first(where: { $0.key == className }
                )
            else { continue }
            self.init(of: family, found.value)
            return
        }
        return nil
    }

    /// The name of the class, as in `architectures` of a `config.json`.
    public var className: String { family.classes.first { $0.value == head }?.key ?? family.modelType }

    /// The classes of all families.
    public static var classNames: [String] { ModelFamilies.all.flatMap { $0.classes.map(\.key) } }

    public static func == (left: Self, right: Self) -> Bool {
        left.family.modelType == right.family.modelType && left.head == right.head
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(family.modelType)
        hasher.combine(head)
    }
}
