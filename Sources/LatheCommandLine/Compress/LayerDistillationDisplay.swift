import LatheCompression
import LatheFiles

/// Shows layers that learn one by one.
final class LayerDistillationDisplay {
    private let console = Console.current
    private let isQuiet: Bool
    private var bar: ProgressBar?
    private var size = (layers: 0, steps: 0)

    private let output: String
    private var notice: StopNotice?
    private var layersDone = 0

    /// - Parameter output: the directory of the run, which records how it was started.
    init(isQuiet: Bool, output: String) { (self.isQuiet, self.output) = (isQuiet, output) }

    func hear(_ event: LayerDistillationEvent) {
        switch event {
        case .started(let layers, let steps, let batches):
            size = (layers, steps)
            RunArguments.write(into: output)
            notice = StopNotice()
            updateNotice()
            console.warn("\(layers) layers, \(steps) steps each, \(batches) batches to read")
            bar = ProgressBar("distilling", total: layers * steps, unit: "steps", isQuiet: isQuiet)
        case .step(let layer, let step, let loss):
            bar?.update(to: layer * size.steps + step, note: "loss " + Quantity.compact(Double(loss)))
        case .finished(let layer, let result): show(layer, result, "")
        case .restored(let layer, let result): show(layer, result, " (done before)")
        }
    }

    private func show(_ layer: Int, _ result: LayerDistillationResult, _ note: String) {
        layersDone = layer + 1
        updateNotice()
        bar?.interrupt()
        console.warn(
            "layer \(layer): loss \(Quantity.compact(Double(result.firstLoss))) -> \(Quantity.compact(Double(result.lastLoss)))\(note)"
        )
    }

    private func updateNotice() {
        notice?.update(layersDone: layersDone, of: size.layers, command: RunArguments.resumption("quantize", output))
    }

    func finish() {
        notice?.end()
        notice = nil
        bar?.finish()
        bar = nil
    }
}
