import Lathe

/// Shows layers that learn one by one.
final class LayerDistillationDisplay {
    private let console = Console.current
    private let isQuiet: Bool
    private var bar: ProgressBar?
    private var size = (layers: 0, steps: 0)

    private let didBegin: () -> Void

    /// - Parameter didBegin: called before the first layer learns, when the run's directory exists.
    init(isQuiet: Bool, didBegin: @escaping () -> Void) { (self.isQuiet, self.didBegin) = (isQuiet, didBegin) }

    func hear(_ event: LayerDistillationEvent) {
        switch event {
        case .started(let layers, let steps, let batches):
            size = (layers, steps)
            didBegin()
            console.warn("\(layers) layers, \(steps) steps each, \(batches) batches to read")
            bar = ProgressBar("distilling", total: layers * steps, unit: "steps", isQuiet: isQuiet)
        case .step(let layer, let step, let loss): bar?.update(to: layer * size.steps + step, note: "loss " + Quantity.compact(Double(loss)))
        case .finished(let layer, let result): show(layer, result, "")
        case .restored(let layer, let result): show(layer, result, " (done before)")
        }
    }

    private func show(_ layer: Int, _ result: LayerDistillationResult, _ note: String) {
        bar?.interrupt()
        console.warn("layer \(layer): loss \(Quantity.compact(Double(result.firstLoss))) -> \(Quantity.compact(Double(result.lastLoss)))\(note)")
    }

    func finish() {
        bar?.finish()
        bar = nil
    }
}
