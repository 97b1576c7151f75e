/// How far two lists of numbers go together, -1…1.
///
/// Where one list is constant, or has fewer than two numbers, both measures are 0: nothing is known. SciPy gives NaN
/// there, by which no best model could be chosen. A NaN among the numbers makes the result NaN, as in SciPy.
package enum Correlation {
    /// Pearson's coefficient: the covariance divided by both standard deviations.
    /// - Precondition: both lists are equally long.
    package static func pearson(_ left: [Float], _ right: [Float]) -> Double {
        check(left, right)
        return pearson(left.map(Double.init), right.map(Double.init))
    }

    /// Spearman's coefficient: Pearson's of the ranks; equal numbers share the mean of their ranks.
    /// - Precondition: both lists are equally long.
    package static func spearman(_ left: [Float], _ right: [Float]) -> Double {
        check(left, right)
        if left.contains(where: \.isNaN) || right.contains(where: \.isNaN) { return .nan }
        return pearson(ranks(left), ranks(right))
    }

    /// The rank of each number, counted from 1; equal numbers get the mean of theirs.
    /// - Precondition: no number is NaN.
    static func ranks(_ values: [Float]) -> [Double] {
        let order = values.indices.sorted { values[$0] < values[$1] }
        var ranks = [Double](repeating: 0, count: values.count)
        var start = 0
        while start < order.count {
            var end = start + 1
            while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
            for place in start..<end { ranks[order[place]] = Double(start + end + 1) / 2 }
            start = end
        }
        return ranks
    }

    private static func pearson(_ left: [Double], _ right: [Double]) -> Double {
        // Equal numbers may have a mean that is not quite equal to them, so constancy is asked of the numbers.
        guard left.count > 1, !isConstant(left), !isConstant(right) else { return 0 }
        let count = Double(left.count)
        let leftMean = left.reduce(0, +) / count
        let rightMean = right.reduce(0, +) / count
        var product = 0.0
        var leftSquares = 0.0
        var rightSquares = 0.0
        for (left, right) in zip(left, right) {
            product += (left - leftMean) * (right - rightMean)
            leftSquares += (left - leftMean) * (left - leftMean)
            rightSquares += (right - rightMean) * (right - rightMean)
        }
        let value = product / (leftSquares * rightSquares).squareRoot()
        return value.isNaN ? value : min(1, max(-1, value))
    }

    private static func isConstant(_ values: [Double]) -> Bool {
        values.allSatisfy { $0 == values.first }
    }

    private static func check(_ left: [Float], _ right: [Float]) {
        precondition(left.count == right.count, "\(left.count) numbers beside \(right.count)")
    }
}
