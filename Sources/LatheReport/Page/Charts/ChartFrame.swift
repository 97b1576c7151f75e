/// The sides of a chart: lines and names of its axes, and where values lie between them.
struct ChartFrame {
    let width: Double
    let height: Double
    /// What is drawn into.
    let area: Box
    let x: Axis
    let y: Axis
    let fontSize: Double

    init(
        width: Double, height: Double, x: Axis, y: Axis, top: Double = 12, fontSize: Double = 12, hasNames: Bool = true
    ) {
        (self.width, self.height, self.x, self.y, self.fontSize) = (width, height, x, y, fontSize)
        let left = 12 + (y.ticks.map { TextWidth.of(y.label($0), size: fontSize) }.max() ?? 0)
        let bottom = fontSize * (hasNames ? 3.2 : 1.8)
        area = Box(x: left, y: top, width: max(width - left - 14, 10), height: max(height - top - bottom, 10))
    }

    func spot(_ xValue: Double, _ yValue: Double) -> Spot {
        Spot(x: area.x + x.position(xValue) * area.width, y: area.bottom - y.position(yValue) * area.height)
    }

    /// The lines across with their names.
    var rules: Markup {
        Markup(
            y.ticks.map { tick in
                let at = spot(x.low, tick).y
                return """
                    <path class="grid" d="M\(at: area.x) \(at: at)H\(at: area.right)"/><text class="tick" x="\(at: area.x - 6)" y="\(at: at + fontSize * 0.35)" \
                    text-anchor="end">\(y.label(tick))</text>
                    """
            })
    }

    /// The line at the bottom.
    var base: Markup { "<path class=\"axis\" d=\"M\(at: area.x) \(at: area.bottom)H\(at: area.right)\"/>" }

    /// Lines and names. The name of the vertical axis is part of the chart's heading, so that it need not be turned.
    func markup(xName: String? = nil) -> Markup {
        var end = -Double.infinity
        let names: [Markup] = x.ticks.map { tick in
            let label = x.label(tick), half = TextWidth.of(label, size: fontSize) / 2
            let at = min(max(spot(tick, y.low).x, half), width - half)
            let mark: Markup = "<path class=\"grid\" d=\"M\(at: spot(tick, y.low).x) \(at: area.bottom)v4\"/>"
            guard at - half > end else { return mark }
            end = at + half + 4
            return
                "\(mark)<text class=\"tick\" x=\"\(at: at)\" y=\"\(at: area.bottom + fontSize * 1.5)\" text-anchor=\"middle\">\(label)</text>"
        }
        let name: Markup? = xName.map {
            "<text class=\"tick\" x=\"\(at: area.right)\" y=\"\(at: height - 4)\" text-anchor=\"end\">\($0)</text>"
        }
        return "\(rules)\(base)\(names)\(name)"
    }

    /// The whole drawing around `content`.
    static func drawing(
        width: Double, height: Double, title: String, description: String, style: String = "", content: Markup
    ) -> Markup {
        """
        <svg viewBox="0 0 \(at: width) \(at: height)" role="img" class="\(style)"><title>\(title)</title><desc>\(description)</desc>\(content)</svg>
        """
    }
}
