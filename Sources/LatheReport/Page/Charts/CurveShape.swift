/// A curve of any length, reduced to what a drawing shows: the range of its values along the way, and their running
/// mean.
struct CurveShape: Equatable {
    typealias Point = Report.Curve.Point

    /// At most about twice the number of intervals: the smallest and the largest value of each, in their order.
    let raw: [Point]
    /// The mean of a twentieth of the values around each place; empty for curves that are too short to need one.
    let smooth: [Point]

    /// Values that cannot be drawn are left out.
    init(_ curve: [Point], intervals: Int = 150) {
        var points = curve.filter { Axis.isDrawn($0.value) }
        if !zip(points, points.dropFirst()).allSatisfy({ $0.step <= $1.step }) { points.sort { $0.step < $1.step } }
        guard points.count > 2 * intervals else {
            raw = points
            smooth = points.count < 30 ? [] : Self.means(points, at: Array(points.indices))
            return
        }
        let edges = (0...intervals).map { points.count * $0 / intervals }
        raw = zip(edges, edges.dropFirst()).flatMap { Self.extremes(points, $0..<$1) }
        smooth = Self.means(points, at: edges.map { min($0, points.count - 1) })
    }

    private static func extremes(_ points: [Point], _ range: Range<Int>) -> [Point] {
        let order: (Int, Int) -> Bool = { points[$0].value < points[$1].value }
        guard let least = range.min(by: order), let most = range.max(by: order) else { return [] }
        return least == most ? [points[least]] : [points[min(least, most)], points[max(least, most)]]
    }

    /// Centred means; the window shrinks towards the ends, so that it never reaches over them.
    private static func means(_ points: [Point], at places: [Int]) -> [Point] {
        var sums = [0.0]
        sums.reserveCapacity(points.count + 1)
        for point in points { sums.append(sums[sums.count - 1] + point.value) }
        let reach = max(points.count / 40, 2)
        return places.map { place in
            let side = min(reach, place, points.count - 1 - place)
            return Point(
                step: points[place].step, value: (sums[place + side + 1] - sums[place - side]) / Double(2 * side + 1))
        }
    }
}
