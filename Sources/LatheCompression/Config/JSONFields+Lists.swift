import LatheFiles

extension JSONFields {
    /// A list of names. Without a default it must be there.
    func names(_ key: String, _ expected: String, default fallback: [String]? = nil) -> [String] {
        list(key, expected, "a name in quotes", default: fallback) { value in
            value.string.flatMap { $0.isEmpty ? nil : $0 }
        }
    }

    /// A list of integers of at least 0. Without a default it must be there.
    func counts(_ key: String, _ expected: String, default fallback: [Int]? = nil) -> [Int] {
        list(key, expected, "an integer of at least 0", default: fallback) { value in
            value.integer.flatMap { $0 < 0 ? nil : $0 }
        }
    }

    private func list<Element>(
        _ key: String, _ expected: String, _ element: String, default fallback: [Element]?,
        _ parse: (JSONValue) -> Element?
    ) -> [Element] {
        let values = value(key, expected, default: fallback.map { _ in [] }, stopgap: []) { $0.array }
        guard self[key]?.array != nil else { return fallback ?? [] }
        return values.enumerated().compactMap { index, value in
            let parsed = parse(value)
            if parsed == nil { report("\(key)[\(index)]", "expected \(element), got \(value.shown)") }
            return parsed
        }
    }

    /// A share of what is kept: above 0, and at most 1, or below 1 if something must go. Without a default it must be
    /// there.
    package func ratio(_ key: String, includingOne: Bool = true, default fallback: Double? = nil) -> Double {
        let expected = includingOne ? "a number above 0, at most 1" : "a number above 0, below 1"
        return value(key, expected, default: fallback, stopgap: 1) { value in
            value.double.flatMap { $0 > 0 && ($0 < 1 || includingOne && $0 == 1) ? $0 : nil }
        }
    }

    /// A step or a number of steps. Without a default it must be there.
    package func steps(_ key: String, from first: Int = 0, default fallback: Int? = nil) -> Int {
        integer(key, in: first...Self.stepLimit, default: fallback)
    }

    /// Beyond any real training, and small enough that sums of steps do not overflow.
    static let stepLimit = 1_000_000_000
}
