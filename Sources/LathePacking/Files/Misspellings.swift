import LatheFiles

/// Pairs tensors that are missing with unexpected ones of a similar name.
enum Misspellings {
    /// Names compared; a file of quite another model is not worth the time.
    private static let comparisonLimit = 200

    /// `problems` with the nearest names, those that have one first.
    static func pointedOut(in problems: [ModuleFileError.Problem]) -> [ModuleFileError.Problem] {
        let unexpected = problems.compactMap { problem in if case .unexpected(let name) = problem { name } else { nil }
        }
        guard unexpected.count <= comparisonLimit, problems.count - unexpected.count <= comparisonLimit else {
            return problems
        }
        let paired = problems.map { problem in
            guard case .missing(let name, _) = problem else { return problem }
            return .missing(name, nearest: NearestName.of([name], in: unexpected))
        }
        func isPaired(_ problem: ModuleFileError.Problem) -> Bool {
            if case .missing(_, .some) = problem { true } else { false }
        }
        return paired.filter(isPaired) + paired.filter { !isPaired($0) }
    }
}
