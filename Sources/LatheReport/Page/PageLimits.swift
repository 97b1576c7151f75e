/// How much of each run is drawn: less of each where there are many, so that the page stays quick. The tables say what
/// is left out; the JSON has all.
struct PageLimits: Equatable {
    /// Layers with histograms, of each run.
    var histogramLayers: Int
    /// Layers in the table of each run.
    var layerRows: Int
    /// Places along a curve.
    var curveIntervals: Int

    init(runCount: Int) {
        let count = max(runCount, 1)
        histogramLayers = min(max(480 / count, 6), 100)
        layerRows = min(max(2400 / count, 20), 1000)
        curveIntervals = min(max(2400 / count, 40), 150)
    }
}
