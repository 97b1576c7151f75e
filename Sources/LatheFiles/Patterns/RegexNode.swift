/// A part of a parsed regular expression.
indirect enum RegexNode {
    case set(RegexSet)
    case position(RegexPosition)
    case sequence([RegexNode])
    /// The alternatives of `a|b`, the first being tried first.
    case alternatives([RegexNode])
    /// `maximum` is `nil` without a limit.
    case repetition(RegexNode, minimum: Int, maximum: Int?, RepetitionKind)
    /// `(?=…)`, `(?!…)`.
    case lookahead(RegexNode, isNegated: Bool)
    /// `(?<=…)`, `(?<!…)`, which cover `width` code points.
    case lookbehind(RegexNode, width: Int, isNegated: Bool)
    /// `(?>…)`.
    case atomic(RegexNode)

    enum RepetitionKind {
        /// As many as possible first.
        case greedy
        /// As few as possible first.
        case lazy
        /// As many as possible, and never fewer.
        case possessive
    }

    /// The least and the largest number of code points that the part covers; `nil` without a limit.
    var width: (least: Int, most: Int?) {
        switch self {
        case .set: return (1, 1)
        case .position, .lookahead, .lookbehind: return (0, 0)
        case .atomic(let body): return body.width
        case .sequence(let parts):
            return parts.map(\.width).reduce((0, 0)) { sum, part in
                (sum.0.addingClamped(part.least), sum.1.adding(part.most))
            }
        case .alternatives(let parts):
            let widths = parts.map(\.width)
            let most = widths.contains { $0.most == nil } ? nil : widths.compactMap(\.most).max() ?? 0
            return (widths.map(\.least).min() ?? 0, most)
        case .repetition(let body, let minimum, let maximum, _):
            let width = body.width
            guard let maximum, let most = width.most else {
                return (width.least.multipliedClamped(minimum), width.most == 0 ? 0 : nil)
            }
            return (width.least.multipliedClamped(minimum), most.multipliedClamped(maximum))
        }
    }
}

/// A place in a text that an expression can ask for.
enum RegexPosition {
    case textStart
    case textEnd
    /// `$`: the end, or before a line feed at the end.
    case textEndOrLastLineFeed
    case lineStart
    case lineEnd
    case wordBoundary(isASCII: Bool)
    case noWordBoundary(isASCII: Bool)
}

extension Int {
    fileprivate func addingClamped(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }

    fileprivate func multipliedClamped(_ other: Int) -> Int {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? .max : product
    }
}

extension Int? {
    fileprivate func adding(_ other: Int?) -> Int? {
        guard let self, let other else { return nil }
        return self.addingClamped(other)
    }
}
