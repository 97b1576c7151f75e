/// A value over the steps of a training: faint as it was logged, clear as a running mean, with marks at the steps where
/// techniques began.
struct LineChart {
    let title: String
    let description: String
    let curve: [Report.Curve.Point]
    let unit: Axis.Unit
    let marks: [Mark]
    /// Of the horizontal axis, the same for all charts of a run.
    let steps: ClosedRange<Int>
    var intervals = 150
    /// Whether the running mean is drawn, for values that scatter.
    var isSmoothed = true
    var height = 200.0

    struct Mark: Equatable {
        var step: Int
        var text: String
    }

    private static let width = 340.0
    private static let fontSize = 12.0
    private static let laneHeight = 15.0
    /// Names beyond so many lanes are left out; the text below the charts has them.
    private static let largestLaneCount = 5

    var markup: Markup {
        let shape = CurveShape(curve, intervals: intervals)
        let x = Axis.linear(
            [Double(steps.lowerBound), Double(steps.upperBound)], unit: .steps, padding: 0, tickCount: 5)
        let y = vertical(shape)
        let bare = ChartFrame(width: Self.width, height: height, x: x, y: y)
        let names = Self.lanes(
            marks.map { ($0.text, bare.spot(Double($0.step), y.low).x) }, from: bare.area.x, to: Self.width)
        let laneCount = (names.compactMap { $0?.lane }.max() ?? -1) + 1
        let top = 10 + Double(laneCount) * Self.laneHeight
        let frame = ChartFrame(width: Self.width, height: height + top - 12, x: x, y: y, top: top)
        let flags: [Markup] = zip(marks, names).map { mark, name in
            let at = frame.spot(Double(mark.step), y.low).x
            guard let name else {
                return "<path class=\"moment\" d=\"M\(at: at) \(at: top)V\(at: frame.area.bottom)\"/>"
            }
            let baseline = Double(name.lane + 1) * Self.laneHeight
            return """
                <path class="moment" d="M\(at: at) \(at: baseline - 10)V\(at: frame.area.bottom)"/>\
                <text class="flag" x="\(at: name.isLeft ? at - 4 : at + 4)" y="\(at: baseline - 1)" text-anchor="\(name.isLeft ? "end" : "start")">\
                \(name.text)</text>
                """
        }
        let raw = Self.path(shape.raw, frame)
        let lines: Markup =
            shape.smooth.isEmpty || !isSmoothed
            ? "<path class=\"curve\" d=\"\(raw)\"/>\(Self.dots(shape.raw, frame))"
            : "<path class=\"raw\" d=\"\(raw)\"/><path class=\"curve\" d=\"\(Self.path(shape.smooth, frame))\"/>"
        return ChartFrame.drawing(
            width: Self.width, height: frame.height, title: title, description: description,
            content: "\(frame.markup(xName: "step"))\(flags)\(lines)")
    }

    private func vertical(_ shape: CurveShape) -> Axis {
        let values = shape.raw.map(\.value)
        if unit == .plain, let least = values.min(), let most = values.max(), least > 0, most / least >= 50 {
            return Axis.spanning(values, unit: .plain, tickCount: 5)
        }
        return Axis.linear(
            values, unit: unit,
            bounds: unit == .percent ? 0...1 : values.allSatisfy { $0 >= 0 } ? 0...Double.infinity : nil, tickCount: 4)
    }

    private static func path(_ points: [Report.Curve.Point], _ frame: ChartFrame) -> String {
        var path = ""
        for point in points {
            let spot = frame.spot(Double(point.step), point.value)
            path += (path.isEmpty ? "M" : "L") + Coordinate.text(spot.x) + " " + Coordinate.text(spot.y)
        }
        return path
    }

    private static func dots(_ points: [Report.Curve.Point], _ frame: ChartFrame) -> Markup? {
        guard points.count <= 40 else { return nil }
        let path = points.map { point in
            let spot = frame.spot(Double(point.step), point.value)
            return "M\(Coordinate.text(spot.x)) \(Coordinate.text(spot.y))h0"
        }
        return "<path class=\"dots\" d=\"\(path.joined())\"/>"
    }

    struct Flag: Equatable {
        var text: String
        var lane: Int
        /// Whether the text ends at its mark instead of beginning there.
        var isLeft: Bool
    }

    /// Names in as few lines above one another as keep them apart, right of their mark or left of it, none across the
    /// line down from another mark. nil for names that find no lane.
    static func lanes(_ names: [(text: String, at: Double)], from left: Double, to right: Double) -> [Flag?] {
        var placed: [(lane: Int, range: ClosedRange<Double>, at: Double)] = []
        return names.map { name in
            let text = fitting(name.text, width: max(name.at - left, right - name.at) - 8)
            let width = TextWidth.of(text, size: 11)
            for lane in 0..<largestLaneCount {
                for (start, isLeft) in [(name.at + 4, false), (name.at - 4 - width, true)]
                where start >= left && start + width <= right {
                    let range = start...(start + width), room = (start - 6)...(start + width + 6)
                    let isTaken = placed.contains { other in
                        (other.lane == lane && other.range.overlaps(room))
                            || (other.lane <= lane && range.contains(other.at))
                            || (lane <= other.lane && other.range.contains(name.at))
                    }
                    guard !isTaken else { continue }
                    placed.append((lane, range, name.at))
                    return Flag(text: text, lane: lane, isLeft: isLeft)
                }
            }
            return nil
        }
    }

    private static func fitting(_ text: String, width: Double) -> String {
        var limit = min(text.unicodeScalars.count, 80), result = Phrases.shortened(text, to: limit)
        while TextWidth.of(result, size: 11) > width, limit > 8 {
            limit -= 2
            result = Phrases.shortened(text, to: limit)
        }
        return result
    }
}
