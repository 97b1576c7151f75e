import LatheWorkflows

/// Two histograms in one small drawing: before as a filled shape, after as a line, over one range of values. Heights
/// grow with the square root, so that the many zeros of a pruned weight leave the rest visible.
struct HistogramChart {
    let title: String
    let before: Histogram?
    let after: Histogram?

    private static let width = 160.0
    private static let height = 88.0
    private static let binCount = 32

    /// nil where neither histogram holds anything that can be drawn.
    var markup: Markup? {
        guard let range = Self.range([before, after]) else { return nil }
        let shares = [before, after].map { histogram in
            histogram.flatMap { Self.shares($0, over: range, bins: Self.binCount) }
        }
        guard let tallest = shares.compactMap({ $0?.max() }).max(), tallest > 0 else { return nil }
        let bottom = Self.height - 18
        func path(_ shares: [Double]?, isFilled: Bool) -> Markup? {
            shares.map {
                "<path class=\"\(isFilled ? "was" : "now")\" d=\"\(Self.outline($0, tallest: tallest, bottom: bottom))\"/>"
            }
        }
        let names = [range.lowerBound, range.upperBound].map(Phrases.compact)
        let zero: Markup? =
            range.lowerBound < 0 && range.upperBound > 0
            ? "<path class=\"grid\" d=\"M\(at: Self.width * -range.lowerBound / (range.upperBound - range.lowerBound)) 2V\(at: bottom + 4)\"/>"
            : nil
        return ChartFrame.drawing(
            width: Self.width, height: Self.height, title: title, description: "From \(names[0]) to \(names[1])",
            content: """
                \(zero)\(path(shares[0], isFilled: true))\(path(shares[1], isFilled: false))<path class="axis" d="M0 \(at: bottom)H\(at: Self.width)"/>\
                <text class="tick" x="0" y="\(at: Self.height - 4)">\(names[0])</text>\
                <text class="tick" x="\(at: Self.width)" y="\(at: Self.height - 4)" text-anchor="end">\(names[1])</text>
                """)
    }

    /// What both cover, a little wider where all values are equal.
    private static func range(_ histograms: [Histogram?]) -> ClosedRange<Double>? {
        let usable = histograms.compactMap { $0 }.filter {
            Axis.isDrawn($0.low) && Axis.isDrawn($0.high) && $0.low <= $0.high && !$0.counts.isEmpty
        }
        guard let low = usable.map(\.low).min(), let high = usable.map(\.high).max() else { return nil }
        let margin = high - low > max(abs(low), abs(high)) * 1e-9 ? 0 : max(abs(low) * 0.5, 1e-6)
        return (low - margin)...(high + margin)
    }

    /// The share of the values in each of `bins` equal parts of `range`; values are taken to lie evenly in their
    /// interval, and at its place where the interval has no width. nil for a histogram without values.
    static func shares(_ histogram: Histogram, over range: ClosedRange<Double>, bins: Int) -> [Double]? {
        let counts = histogram.counts.map { Double(max($0, 0)) }, total = counts.reduce(0, +)
        let span = range.upperBound - range.lowerBound
        let scale = Double(bins) / span
        guard total > 0, span > 0, scale.isFinite, Axis.isDrawn(histogram.low), Axis.isDrawn(histogram.high),
            histogram.low <= histogram.high
        else { return nil }
        var shares = [Double](repeating: 0, count: bins)
        for (index, count) in counts.enumerated() where count > 0 {
            let width = (histogram.high - histogram.low) / Double(counts.count)
            let from = min(max((histogram.low + Double(index) * width - range.lowerBound) * scale, 0), Double(bins))
            let to = min(max(from + width * scale, from), Double(bins))
            let first = min(Int(from), bins - 1), last = min(Int(to), bins - 1)
            for bin in first...last {
                let part =
                    to - from < 1e-9
                    ? (bin == first ? 1 : 0) : (min(to, Double(bin + 1)) - max(from, Double(bin))) / (to - from)
                shares[bin] += max(part, 0) * count / total
            }
        }
        return shares
    }

    /// Steps along the tops; runs of equal height are one piece.
    private static func outline(_ shares: [Double], tallest: Double, bottom: Double) -> String {
        let binWidth = Int(width) / binCount, floor = Int(bottom)
        var path = "M0 \(floor)", height = 0, run = 0
        for share in shares {
            let next = Int(((share / tallest).squareRoot() * (bottom - 3)).rounded())
            if next != height {
                path += (run > 0 ? "h\(run)" : "") + "v\(height - next)"
                (height, run) = (next, 0)
            }
            run += binWidth
        }
        return path + "h\(run)V\(floor)"
    }
}
