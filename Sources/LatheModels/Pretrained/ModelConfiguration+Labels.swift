import LatheFiles

/// The fields with the names of a classifier's outputs: `id2label`, `label2id` and, in older files, `num_labels`.
extension ModelConfiguration {
    private static let namesKey = "id2label", numbersKey = "label2id", countKeys = ["num_labels", "_num_labels"]

    /// The number of outputs that a file without `id2label` has.
    static func labelCount(_ fields: JSONFields) -> Int {
        fields.integer(countKeys[0], in: 1...65536, default: 2)
    }

    /// The names of the classes in the order of their numbers; `nil` if the file has none. A number is a name as it is
    /// written, and a class whose name is null has the usual one.
    static func labelNames(_ fields: JSONFields) -> [String]? {
        guard let table = fields[namesKey] else { return nil }
        guard let members = table.object, members.count > 0 else {
            fields.report(namesKey, "expected an object with a name for each class, got \(table.kind)")
            return nil
        }
        var names = [String?](repeating: nil, count: members.count)
        for member in members {
            guard let index = Int(member.key), names.indices.contains(index), names[index] == nil,
                let name = name(member.value, index)
            else {
                fields.report(
                    "\(namesKey).\(member.key)", "expected the names of classes 0 to \(members.count - 1), each once")
                return nil
            }
            names[index] = name
        }
        return names.compactMap { $0 }
    }

    private static func name(_ value: JSONValue, _ index: Int) -> String? {
        if value.isNull { return placeholder(index) }
        if value.object != nil || value.array != nil || value.bool != nil { return nil }
        return value.string ?? value.text()
    }

    static func placeholders(_ count: Int) -> [String] { (0..<count).map(placeholder) }

    private static func placeholder(_ index: Int) -> String { "LABEL_\(index)" }

    /// Reports a number of outputs that is none.
    static func checkLabelCount(_ fields: JSONFields) {
        if fields[countKeys[0]] != nil { _ = fields.integer(countKeys[0], in: 1...65536) }
    }

    /// A note on a number of outputs that contradicts their names; `nil` if the two agree.
    func labelCountNote(path: String) -> String? {
        guard let count = sourceField(Self.countKeys[0])?.integer, !labels.isEmpty, count != labels.count,
            sourceField(Self.namesKey) != nil
        else { return nil }
        return
            "\(path): \(Self.countKeys[0]) is \(count), and \(Self.namesKey) has \(labels.count) names; the names count"
    }

    /// Writes the labels into the fields of a file. Fields that name these labels already stay as they are.
    func setLabels(in members: inout [JSONValue.Member]) {
        let areNamed = Self.labelNames(JSONFields(.object(members))) == labels,
            keys = areNamed ? Array(Self.countKeys[..<1]) : Self.countKeys
        for index in members.indices where keys.contains(members[index].key) && !members[index].value.isNull {
            members[index].value = .integer(labels.count)
        }
        if areNamed { return }
        members.removeAll { [Self.namesKey, Self.numbersKey].contains($0.key) }
        members.append(.init(Self.namesKey, .object(labels.enumerated().map { .init(String($0), .string($1)) })))
        // A key counts once, and of equal labels the last, as in transformers.
        var seen: Set<String> = []
        let numbers = labels.enumerated().reversed().filter { seen.insert($0.element).inserted }.reversed()
        members.append(.init(Self.numbersKey, .object(numbers.map { .init($0.element, .integer($0.offset)) })))
    }
}
