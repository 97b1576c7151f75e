/// Models as points: what they score over what they cost. The best are filled and joined by a line of steps.
struct ScatterChart {
    struct Point {
        var name: String
        /// Shown instead of the name where names do not fit.
        var number: Int
        var x: Double
        var y: Double
        /// Points of one group have one colour and one form.
        var group: Int
        var isBest: Bool
        /// What is shown beside the pointer.
        var detail: String
    }

    let title: String
    let description: String
    let points: [Point]
    let xName: String
    let xUnit: Axis.Unit
    let yUnit: Axis.Unit

    /// Names are written for at most so many points; beyond, only numbers.
    private static let largestNamed = 40
    /// Beyond, only the best have numbers, and not more of them than this.
    private static let largestNumbered = 80

    /// For wide windows, with names beside the points where they fit, and for narrow ones, with numbers.
    var markup: Markup {
        "\(wide)\(drawing(width: 380, height: 340, style: "narrow", fontSize: 12, labels: labels { String($0.number) }))"
    }

    /// Whether the names of all points fit into the wide drawing.
    var isNamed: Bool {
        points.count <= Self.largestNamed && places(frame(1040, 460, 13), labels(\.shortName)).allSatisfy { $0 != nil }
    }

    private var wide: Markup {
        drawing(
            width: 1040, height: 460, style: "wide", fontSize: 13,
            labels: isNamed ? labels(\.shortName) : labels { String($0.number) })
    }

    private typealias Label = (point: Point, text: String)

    /// The best first, so that they have the places beside them.
    private func labels(_ text: (Point) -> String) -> [Label] {
        let sorted = points.filter(\.isBest) + points.filter { !$0.isBest }
        return sorted.prefix(Self.largestNumbered).map { ($0, text($0)) }
    }

    private func frame(_ width: Double, _ height: Double, _ fontSize: Double) -> ChartFrame {
        let x = Axis.spanning(points.map(\.x), unit: xUnit, padding: 0.08, tickCount: width < 500 ? 5 : 9)
        let y = Axis.linear(
            points.map(\.y), unit: yUnit, padding: 0.1, bounds: yUnit == .percent ? 0...1 : nil, tickCount: 6)
        return ChartFrame(width: width, height: height, x: x, y: y, fontSize: fontSize)
    }

    private func places(_ frame: ChartFrame, _ labels: [Label]) -> [LabelPlacement.Place?] {
        let requests = labels.map { label in
            LabelPlacement.Request(
                point: frame.spot(label.point.x, label.point.y), width: TextWidth.of(label.text, size: frame.fontSize),
                height: frame.fontSize * 1.25)
        }
        let bounds = Box(x: frame.area.x, y: 0, width: frame.width - frame.area.x, height: frame.area.bottom)
        let corners = corners(frame)
        return LabelPlacement.places(
            for: requests, within: bounds, radius: 6, avoiding: Array(zip(corners, corners.dropFirst())))
    }

    private func drawing(width: Double, height: Double, style: String, fontSize: Double, labels: [Label]) -> Markup {
        let frame = frame(width, height, fontSize)
        let places = places(frame, labels)
        let leaders: [Markup] = zip(labels, places).compactMap { label, place in
            let spot = frame.spot(label.point.x, label.point.y)
            return place?.leaderEnd.map {
                "<path class=\"leader\" d=\"M\(at: spot.x) \(at: spot.y)L\(at: $0.x) \(at: $0.y)\"/>"
            }
        }
        let texts: [Markup] = zip(labels, places).compactMap { label, place in
            guard let place else { return nil }
            return """
                <text class="name\(label.point.isBest ? " best" : "")" x="\(at: place.box.x + place.box.width / 2)" \
                y="\(at: place.box.y + place.box.height * 0.76)" text-anchor="middle">\(label.text)</text>
                """
        }
        let marks: [Markup] = points.map { point in
            """
            <path class="mark g\(point.group % Self.groupStyles)\(point.isBest ? " best" : "")" d="\(Self.form(point.group, at: frame.spot(point.x, point.y)))">\
            <title>\(point.detail)</title></path>
            """
        }
        return ChartFrame.drawing(
            width: width, height: height, title: title, description: description, style: style,
            content: "\(frame.markup(xName: xName))\(steps(frame))\(leaders)\(texts)\(marks)")
    }

    private func steps(_ frame: ChartFrame) -> Markup? {
        let path = corners(frame).map { Coordinate.text($0.x) + " " + Coordinate.text($0.y) }
        return path.isEmpty ? nil : "<path class=\"frontier\" d=\"M\(path.joined(separator: "L"))\"/>"
    }

    /// From the smallest of the best to the largest and on to the edge: what can be had at a size.
    private func corners(_ frame: ChartFrame) -> [Spot] {
        let best = points.filter(\.isBest).sorted { ($0.x, $0.y) < ($1.x, $1.y) }.map { frame.spot($0.x, $0.y) }
        guard let first = best.first, let last = best.last else { return [] }
        let steps = zip(best, best.dropFirst()).flatMap { [Spot(x: $1.x, y: $0.y), $1] }
        return [first] + steps + [Spot(x: frame.area.right, y: last.y)]
    }

    /// How many groups differ in colour and form.
    static let groupStyles = 6

    /// The outline of a mark: a circle, a square, a diamond, a triangle and so on.
    static func form(_ group: Int, at spot: Spot, radius: Double = 5) -> String {
        func path(_ corners: [(Double, Double)]) -> String {
            "M"
                + corners.map {
                    Coordinate.text(spot.x + $0.0 * radius) + " " + Coordinate.text(spot.y + $0.1 * radius)
                }.joined(separator: "L") + "Z"
        }
        let arc = "a\(Coordinate.text(radius)) \(Coordinate.text(radius)) 0 1 0 "
        switch group % groupStyles {
        case 0:
            let double = Coordinate.text(2 * radius)
            return "M\(Coordinate.text(spot.x - radius)) \(Coordinate.text(spot.y))\(arc)\(double) 0\(arc)-\(double) 0Z"
        case 1: return path([(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)])
        case 2: return path([(0, -1.25), (1.25, 0), (0, 1.25), (-1.25, 0)])
        case 3: return path([(0, -1.2), (1.15, 0.85), (-1.15, 0.85)])
        case 4: return path([(0, 1.2), (1.15, -0.85), (-1.15, -0.85)])
        default: return path([(-0.6, -1.1), (0.6, -1.1), (1.2, 0), (0.6, 1.1), (-0.6, 1.1), (-1.2, 0)])
        }
    }
}

extension ScatterChart.Point {
    var shortName: String { Phrases.shortened(name, to: 34) }
}
