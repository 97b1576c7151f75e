extension RandomAccessCollection where Element == Float, Index == Int {
    /// The place of the largest number, counted from the start; the first of equal ones.
    /// - Precondition: there is a number.
    package var largestPlace: Int {
        var best = startIndex
        for index in indices where self[index] > self[best] { best = index }
        return best - startIndex
    }
}
