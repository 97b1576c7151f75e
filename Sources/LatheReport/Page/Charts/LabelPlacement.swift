import Foundation

/// Finds places for the names of points, so that none covers another name or a point, and, where it can be, the line
/// from a name to its point.
struct LabelPlacement {
    struct Place: Equatable {
        /// What the text covers.
        var box: Box
        /// Where a line from the point ends, for a name that does not lie beside its point.
        var leaderEnd: Spot?
    }

    struct Request {
        var point: Spot
        var width: Double
        var height: Double
    }

    private let bounds: Box
    private let points: [Box]
    private let lines: [(from: Spot, to: Spot)]
    private var boxes: [Box] = []
    private var leaders: [(from: Spot, to: Spot)] = []

    /// - Parameters:
    ///   - bounds: Names stay within.
    ///   - points: What no name may cover.
    ///   - lines: What names keep off where they can.
    private init(bounds: Box, points: [Box], lines: [(from: Spot, to: Spot)]) {
        (self.bounds, self.points, self.lines) = (bounds, points, lines)
    }

    /// A place for each name, nil where no room is left; the first come first.
    /// - Parameters:
    ///   - bounds: Names stay within.
    ///   - radius: Of the marks at the points.
    ///   - lines: What names keep off where a place near their point lets them.
    static func places(
        for requests: [Request], within bounds: Box, radius: Double, avoiding lines: [(from: Spot, to: Spot)] = []
    ) -> [Place?] {
        let points = requests.map {
            Box(x: $0.point.x - radius, y: $0.point.y - radius, width: 2 * radius, height: 2 * radius)
        }
        var placement = LabelPlacement(bounds: bounds, points: points, lines: lines)
        return requests.indices.map { placement.place(requests[$0], at: $0, radius: radius) }
    }

    /// What a name keeps off besides names and points; less where there is no other place.
    private enum Care {
        case leadersUnderNames, noLeaderUnderNames, noLineUnderNames
    }

    private mutating func place(_ request: Request, at index: Int, radius: Double) -> Place? {
        place(request, at: index, radius: radius, rings: 5, care: .noLineUnderNames)
            ?? place(request, at: index, radius: radius, rings: 26, care: .noLeaderUnderNames)
            ?? place(request, at: index, radius: radius, rings: 26, care: .leadersUnderNames)
    }

    private mutating func place(_ request: Request, at index: Int, radius: Double, rings: Int, care: Care) -> Place? {
        for ring in 0..<rings {
            let distance = radius + 3 + Double(ring) * 7
            for direction in ring == 0 ? Self.beside : Self.around {
                let box = Box(
                    x: request.point.x + direction.x * (request.width / 2 + distance) - request.width / 2,
                    y: request.point.y + direction.y * (request.height / 2 + distance) - request.height / 2,
                    width: request.width, height: request.height)
                let end = ring == 0 ? nil : box.nearest(to: request.point)
                guard isFree(box, leader: end.map { (request.point, $0) }, of: index, care: care) else { continue }
                boxes.append(box)
                if let end { leaders.append((request.point, end)) }
                return Place(box: box, leaderEnd: end)
            }
        }
        return nil
    }

    private func isFree(_ box: Box, leader: (from: Spot, to: Spot)?, of index: Int, care: Care) -> Bool {
        guard bounds.contains(box), !boxes.contains(where: box.intersects), !points.contains(where: box.intersects)
        else { return false }
        if care == .noLineUnderNames, lines.contains(where: { box.meets($0.from, $0.to) }) { return false }
        if care == .leadersUnderNames { return true }
        if leaders.contains(where: { box.meets($0.from, $0.to) }) { return false }
        guard let leader else { return true }
        let meetsPoint = points.indices.contains {
            $0 != index && !points[$0].intersects(points[index]) && points[$0].meets(leader.from, leader.to)
        }
        return !meetsPoint && !boxes.contains { $0.meets(leader.from, leader.to) }
    }

    /// Right, left, above, below, then the corners.
    private static let beside: [Spot] = [
        (1, 0), (-1, 0), (0, -1), (0, 1), (0.8, -0.8), (0.8, 0.8), (-0.8, -0.8), (-0.8, 0.8),
    ].map { Spot(x: $0.0, y: $0.1) }

    private static let around: [Spot] = (0..<16).map {
        Spot(x: cos(Double($0) * .pi / 8), y: -sin(Double($0) * .pi / 8))
    }
}

/// A place in a drawing; `y` grows downwards.
struct Spot: Equatable {
    var x: Double
    var y: Double
}

/// A rectangle in a drawing.
struct Box: Equatable {
    var x: Double
    var y: Double
    var width: Double
    var height: Double

    var right: Double { x + width }
    var bottom: Double { y + height }

    func intersects(_ other: Box) -> Bool { x < other.right && other.x < right && y < other.bottom && other.y < bottom }

    func contains(_ other: Box) -> Bool {
        x <= other.x && other.right <= right && y <= other.y && other.bottom <= bottom
    }

    /// The place in the box that is nearest to `spot`.
    func nearest(to spot: Spot) -> Spot { Spot(x: min(max(spot.x, x), right), y: min(max(spot.y, y), bottom)) }

    /// Whether the line between two places passes through the box (Liang and Barsky's clipping).
    func meets(_ from: Spot, _ to: Spot) -> Bool {
        var (enter, leave) = (0.0, 1.0)
        let sides = [
            (from.x - to.x, from.x - x), (to.x - from.x, right - from.x), (from.y - to.y, from.y - y),
            (to.y - from.y, bottom - from.y),
        ]
        for (direction, distance) in sides {
            if direction == 0 {
                if distance <= 0 { return false }
            } else if direction < 0 {
                enter = max(enter, distance / direction)
            } else {
                leave = min(leave, distance / direction)
            }
        }
        return enter < leave
    }
}
