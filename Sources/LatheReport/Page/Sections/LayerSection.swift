import LatheWorkflows

/// Bits, zeros and bytes layer by layer, as bars and as a table.
struct LayerSection {
    let layers: [LayerRecord]
    let limits: PageLimits

    var markup: Markup? {
        guard !layers.isEmpty else { return nil }
        return """
            <h4>Layer by layer</h4>
            \(charts)
            \(table)
            """
    }

    private var charts: Markup? {
        guard layers.count > 1 else { return nil }
        let bits = bars("Bits of a weight", isBits: true) {
            ($0.bits > 0 ? $0.bits : nil, Phrases.bits($0.bits) + " bits")
        }
        let zeros = bars("Zeros", unit: .percent, reach: [0, 1]) { ($0.sparsity, Phrases.percent($0.sparsity)) }
        let errors =
            layers.contains { $0.weightError != nil }
            ? bars("Weight error", unit: .percent) { ($0.weightError, Phrases.percent($0.weightError)) } : nil
        return "<div class=\"charts\">\(bits)\(zeros)\(errors)</div>"
    }

    private func bars(
        _ name: String, unit: Axis.Unit = .plain, isBits: Bool = false, reach: [Double] = [0],
        value: (LayerRecord) -> (Double?, String)
    ) -> Markup {
        let values = layers.prefix(limits.layerRows).map { layer in
            let (number, text) = value(layer)
            return (path: Phrases.shortened(layer.path, to: 80), value: number, text: text)
        }
        let chart = LayerBars(
            title: name + " layer by layer",
            description: "One bar for each of \(values.count) layers; the table below has the numbers", values: values,
            unit: unit,
            isBits: isBits, reach: reach)
        return "<figure><figcaption>\(name)</figcaption>\(chart.markup)</figure>"
    }

    private var table: Markup {
        let rows = layers.prefix(limits.layerRows).map(row)
        let before = Self.sum(layers.map(\.bytesBefore)), after = Self.sum(layers.map { $0.bytesAfter })
        let rest = layers.count - rows.count
        return """
            <details\(layers.count <= 40 ? " open=\"open\"" as Markup : .nothing)>
            <summary>Table of \(layers.count) layers</summary>
            <div class="scroll">
            <table class="layers cards">
            <caption>Weights and biases: \(Phrases.bytes(before)) before, \(Phrases.bytes(after)) after</caption>
            <thead><tr><th scope="col">layer</th>\(Self.headings.map { "<th scope=\"col\">\($0)</th>" as Markup })</tr></thead>
            <tbody>\(rows)</tbody>
            </table>
            </div>
            \(rest > 0 ? "<p class=\"note\">\(rest) more layers are in the JSON.</p>" as Markup : .nothing)
            </details>
            """
    }

    private static let headings = ["kind", "shape", "bits", "input bits", "zeros", "size", "weight error"]

    private func row(_ layer: LayerRecord) -> Markup {
        let shapes = Self.change(Phrases.shape(layer.shapeBefore), Phrases.shape(layer.shapeAfter))
        let sizes = Self.change(Phrases.bytes(layer.bytesBefore), Phrases.bytes(layer.bytesAfter))
        return """
            <tr><th scope="row" class="path">\(RunSection.path(layer.path))</th><td>\(layer.kind)</td><td>\(shapes)</td>\
            <td class="bar" style="--share:\(share: layer.bits / 32)">\(Phrases.bits(layer.bits))</td>\
            <td>\(layer.inputBits.map { String($0) } ?? "float")</td>\
            <td class="bar" style="--share:\(share: layer.sparsity)">\(Phrases.percent(layer.sparsity))</td>\
            <td>\(sizes)</td><td class="bar" style="--share:\(share: layer.weightError ?? 0)">\(Phrases.percent(layer.weightError))</td></tr>
            """
    }

    /// `before → after`, or what both are.
    private static func change(_ before: String, _ after: String) -> String {
        before == Phrases.none || before == after ? after : "\(before) → \(after)"
    }

    /// nil where nothing is known; sizes below zero, and sums beyond all numbers, are left out.
    private static func sum(_ sizes: [Int?]) -> Int? {
        let known = sizes.compactMap { $0 }.filter { $0 >= 0 }
        return known.isEmpty ? nil : known.reduce(0) { $0.addingReportingOverflow($1).overflow ? $0 : $0 + $1 }
    }
}
