import LatheWorkflows

/// Weights and inputs of each layer, before and after, as small drawings of one kind.
struct HistogramSection {
    let layers: [LayerRecord]
    /// What the layers read.
    let inputs: String?
    let limits: PageLimits

    var markup: Markup? {
        let drawn = layers.enumerated().filter {
            $1.weightsBefore != nil || $1.weightsAfter != nil || $1.inputsBefore != nil || $1.inputsAfter != nil
        }
        guard !drawn.isEmpty else { return nil }
        // Those that changed most, in the order of the model.
        let chosen =
            drawn.count <= limits.histogramLayers
            ? drawn
            : drawn.sorted { Self.rank($0) > Self.rank($1) }.prefix(limits.histogramLayers).sorted {
                $0.offset < $1.offset
            }
        let items = chosen.compactMap { item(number: $0.offset + 1, $0.element) }
        guard !items.isEmpty else { return nil }
        let rest = drawn.count - chosen.count
        return """
            <h4>Histograms</h4>
            <details class="histograms">
            <summary>Weights and inputs of \(items.count) layers</summary>
            <p class="note"><span class="key was"></span> before <span class="key now"></span> after. Heights grow with the square root of the share of \
            the values, so that a spike at zero \
            leaves the rest visible.\(inputs.map { " Inputs: \($0)." } ?? "")\(rest > 0 ? " Shown are the layers that changed most; \(rest) more are in the JSON." : "")</p>
            <ul class="tiles">\(items)</ul>
            </details>
            """
    }

    private static func rank(_ layer: EnumeratedSequence<[LayerRecord]>.Element) -> Double {
        layer.element.weightError.flatMap { $0.isFinite ? $0 : nil } ?? 0
    }

    private func item(number: Int, _ layer: LayerRecord) -> Markup? {
        let name = Phrases.shortened(layer.path, to: 80)
        let drawings: [Markup] = [
            ("weights", layer.weightsBefore, layer.weightsAfter), ("inputs", layer.inputsBefore, layer.inputsAfter),
        ].compactMap { name, before, after in
            HistogramChart(title: "\(layer.path), \(name)", before: before, after: after).markup.map {
                "<figure><figcaption>\(name)</figcaption>\($0)</figure>"
            }
        }
        return drawings.isEmpty ? nil : "<li><p class=\"path\">\(RunSection.path(name))</p>\(drawings)</li>"
    }
}
