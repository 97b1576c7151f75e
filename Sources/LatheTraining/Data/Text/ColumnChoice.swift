import LatheModels

/// The columns of a file that are taken for text and label: those that the user names, else those whose names are
/// usual, else, in a file of two columns, the longer texts, and for classes the only column of few different values.
package struct ColumnChoice: Sendable, Hashable {
    package let text: String
    /// The second text of a pair; `nil` for single texts.
    package let pair: String?
    /// Empty in a file without labels.
    package let labels: [String]
    /// The columns that are not used.
    package let unused: [String]
    /// Whether a column was chosen that the user did not name.
    package let isGuessed: Bool

    /// Names of columns with a pair of texts, in lower case.
    static let pairs: [(String, String)] = [
        ("sentence1", "sentence2"), ("text1", "text2"), ("text_a", "text_b"), ("sentence_a", "sentence_b"),
        ("sentence_1", "sentence_2"), ("text_1", "text_2"),
        ("premise", "hypothesis"), ("question1", "question2"), ("query", "passage"), ("query", "document"),
        ("question", "answer"), ("question", "context"),
        ("question", "sentence"),
    ]
    /// Names of columns with a text, the likeliest first, in lower case.
    static let texts = [
        "text", "sentence", "review", "content", "body", "comment", "message", "tweet", "document", "utterance",
        "description", "question", "query", "title",
        "sentence1", "text1", "input",
    ]
    /// Names of columns with a class, likewise.
    static let classes = [
        "label", "labels", "class", "category", "target", "sentiment", "intent", "topic", "tag", "gold_label", "stars",
        "rating", "score", "output", "y",
    ]
    /// Names of columns with lists of labels, likewise.
    static let lists = ["labels", "tags", "categories", "topics", "genres", "classes", "label"]
    /// Names of columns with a number, likewise.
    static let numbers = [
        "score", "label", "rating", "similarity", "target", "value", "stars", "labels", "y", "output",
    ]

    static func labelNames(_ problem: ProblemType) -> [String] {
        switch problem {
        case .singleLabel: classes
        case .multiLabel: lists
        case .regression: numbers
        }
    }

    /// Chooses among the columns of `sample`.
    /// - Parameters:
    ///   - named: what the user says.
    ///   - problem: the kind of label.
    ///   - requirement: whether a label column must be there.
    /// - Throws: `DataError` that names the columns, for the caller's file.
    init(_ sample: TableSample, named: TextColumns, problem: ProblemType, requirement: LabelRequirement)
        throws(DataError)
    {
        let names = sample.names, named = named.areRecorded && !sample.has(named) ? TextColumns() : named
        var guess = ColumnGuess(sample)
        let labels = try Self.labels(&guess, named, problem, sample)
        guess.taken.formUnion(labels)
        var (text, pair) = (named.text, named.pair)
        for name in [text, pair].compactMap({ $0 }) { try sample.check(name) }
        guess.taken.formUnion([text, pair].compactMap { $0 })
        if text == nil, pair == nil, let found = guess.pair() { (text, pair) = found }
        if text == nil { text = guess.first(of: Self.texts) ?? guess.longest() }
        guard let text else { throw sample.error(.missingColumn(names: ["text"], nearest: nil, present: names)) }
        var chosen = labels
        guess.taken.formUnion([text, pair].compactMap { $0 })
        if chosen.isEmpty, requirement == .required, problem == .singleLabel, let found = guess.onlyLabels() {
            chosen = [found]
        }
        // Of two columns, the one that is not the text is the label.
        if chosen.isEmpty, pair == nil, names.count == 2, problem != .multiLabel,
            let other = names.first(where: { $0 != text })
        {
            if requirement == .required || guess.looksLikeLabels(other) { chosen = [other] }
        }
        if chosen.isEmpty, requirement == .required {
            throw sample.error(.noLabels(names: [Self.labelNames(problem)[0]], nearest: nil, present: names))
        }
        if named.text == nil, named.labels.isEmpty, let example = guess.example(among: [text] + chosen, named) {
            throw sample.error(.headerIsExample(example))
        }
        (self.text, self.pair, self.labels) = (text, pair, chosen)
        let used = Set([text, pair].compactMap { $0 } + chosen)
        unused = names.filter { !used.contains($0) }
        isGuessed = named.text == nil || (named.labels.isEmpty && !chosen.isEmpty)
    }

    private static func labels(
        _ guess: inout ColumnGuess, _ named: TextColumns, _ problem: ProblemType, _ sample: TableSample
    ) throws(DataError) -> [String] {
        for name in named.labels { try sample.check(name) }
        if !named.labels.isEmpty { return named.labels }
        guess.taken.formUnion([named.text, named.pair].compactMap { $0 })
        return guess.first(of: labelNames(problem)).map { [$0] } ?? []
    }

    /// The schema for a reader of files. Several columns of labels hold 0 or 1 each.
    /// - Parameters:
    ///   - problem: the kind of label.
    ///   - classes: the names of the classes in the order of their indices; `nil` takes them from the file.
    ///   - separator: what stands between the labels of a list; `nil` for the first of the usual ones that occurs.
    func schema(_ problem: ProblemType, classes: [String]?, separator: Character?) -> TextSchema {
        let kind: TextSchema.LabelKind =
            switch problem {
            case .singleLabel: .classes(classes ?? [])
            case .multiLabel: .labelSets(classes ?? [], separator: separator)
            case .regression: .score(nil)
            }
        let hasFlags = problem == .multiLabel && labels.count > 1
        var schema = TextSchema(
            text: [text], pair: pair.map { [$0] } ?? [], label: hasFlags ? [] : labels, labelKind: kind)
        schema.flags = hasFlags ? labels : []
        return schema
    }

    /// `text 'body', label 'ticket type'; not used: 'id'`
    package var summary: String {
        func quoted(_ names: [String]) -> String { names.map { "'\($0)'" }.joined(separator: ", ") }
        var parts = [pair.map { "texts \(quoted([text, $0]))" } ?? "text \(quoted([text]))"]
        if !labels.isEmpty { parts.append((labels.count == 1 ? "label " : "labels ") + quoted(labels)) }
        let limit = 6, rest = unused.count > limit ? ", …" : ""
        return parts.joined(separator: ", ")
            + (unused.isEmpty ? "" : "; not used: \(quoted(Array(unused.prefix(limit))))\(rest)")
    }
}

/// Looks for columns by their names and by what they hold.
private struct ColumnGuess {
    let sample: TableSample
    /// Columns that are spoken for.
    var taken: Set<String> = []

    init(_ sample: TableSample) { self.sample = sample }

    private var free: [String] { sample.names.filter { !taken.contains($0) } }

    /// The column with the earliest of `names`, in whatever case.
    func first(of names: [String]) -> String? {
        names.lazy.compactMap { name in free.first { $0.lowercased() == name } }.first
    }

    /// Two columns with a pair of texts, unless another column looks like the text as well.
    func pair() -> (String, String)? {
        for (first, second) in ColumnChoice.pairs {
            guard let left = self.first(of: [first]), let right = self.first(of: [second]) else { continue }
            let others = free.filter { $0 != left && $0 != right && ColumnChoice.texts.contains($0.lowercased()) }
            return others.isEmpty ? (left, right) : nil
        }
        return nil
    }

    /// The free column with by far the longest values; `nil` if two are alike, or if more than two columns are free.
    func longest() -> String? {
        let columns = free
        if columns.count == 1 { return columns[0] }
        guard columns.count == 2 else { return nil }
        let lengths = columns.map(sample.meanLength)
        if lengths[0] >= 2 * lengths[1] { return columns[0] }
        return lengths[1] >= 2 * lengths[0] ? columns[1] : nil
    }

    /// The only free column with few different short values; `nil` if there is none, or more than one.
    func onlyLabels() -> String? {
        let columns = free.filter {
            looksLikeLabels($0) && 2 * Set(sample.values(of: $0)).count <= sample.values(of: $0).count
        }
        return columns.count == 1 ? columns[0] : nil
    }

    /// Whether a column holds short values of which some are equal.
    func looksLikeLabels(_ name: String) -> Bool {
        let values = sample.values(of: name)
        return values.count > 1 && Set(values).count < values.count && sample.meanLength(name) <= 40
    }

    /// One of `names` that reads like an example, which a first row without names has; `nil` if there is none, or no
    /// header.
    func example(among names: [String], _ named: TextColumns) -> String? {
        guard named.hasHeader, sample.isTable else { return nil }
        return names.first { $0.count > 60 || $0.split(separator: " ").count > 6 }
    }
}
