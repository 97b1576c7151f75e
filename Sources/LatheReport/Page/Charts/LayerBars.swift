/// One bar for each layer in the order of the model, for one of their properties.
struct LayerBars {
    let title: String
    let description: String
    /// A value for each layer; nil leaves a gap.
    let values: [(path: String, value: Double?, text: String)]
    let unit: Axis.Unit
    /// Bits are drawn by their logarithm, so that 1 and 2 differ as clearly as 16 and 32.
    var isBits = false
    /// Which the axis holds besides the values.
    var reach: [Double] = [0]

    private static let width = 340.0
    private static let height = 130.0

    var markup: Markup {
        let drawn = values.compactMap(\.value).filter(Axis.isDrawn)
        let y =
            isBits
            ? Axis.doublings(to: max(drawn.max() ?? 32, 8))
            : Axis.linear(drawn + reach, unit: unit, padding: 0, bounds: unit == .percent ? 0...1 : nil, tickCount: 3)
        let count = Double(max(values.count, 1))
        let x = Axis.linear([0, count], unit: .steps, padding: 0)
        let bare = ChartFrame(width: Self.width, height: Self.height, x: x, y: y, hasNames: false)
        let step = bare.area.width / count, gap = min(step * 0.2, 2)
        let bars: [Markup] = values.enumerated().compactMap { index, layer in
            guard let value = layer.value, Axis.isDrawn(value) else { return nil }
            let left = bare.area.x + Double(index) * step, top = bare.spot(0, value).y
            // Nothing is seen of a bar without height, so that each has a little.
            let height = max(bare.area.bottom - top, 1)
            return """
                <path d="M\(at: left + gap / 2) \(at: bare.area.bottom)v-\(at: height)h\(at: step - gap)v\(at: height)Z"><title>\(layer.path): \
                \(layer.text)</title></path>
                """
        }
        let ends: Markup = """
            <text class="tick" x="\(at: bare.area.x)" y="\(at: Self.height - 4)">first layer</text>\
            <text class="tick" x="\(at: bare.area.right)" y="\(at: Self.height - 4)" text-anchor="end">last layer</text>
            """
        return ChartFrame.drawing(
            width: Self.width, height: Self.height, title: title, description: description,
            content: "\(bare.rules)<g class=\"bars\">\(bars)</g>\(bare.base)\(ends)")
    }
}
