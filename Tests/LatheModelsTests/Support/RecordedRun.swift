import Foundation
import LatheCheckpoints
import LatheNN
import LatheTensor
import LatheTestModels
import Testing

/// The first steps of a training run of the original, before any compression is in force
/// (Scripts/trim-golden-models.py).
struct RecordedRun {
    let file: SafetensorsFile
    let losses: [Float]

    init(_ name: String) throws {
        let url = try #require(
            Bundle.module.url(forResource: name, withExtension: "safetensors", subdirectory: "Resources/models"))
        file = try SafetensorsFile(path: url.path)
        losses = try file.elements(of: "losses", as: Float.self)
    }

    /// Gives `model` the recorded starting weights; every parameter must have one.
    func start(_ model: some Module) throws {
        for (path, parameter) in model.namedParameters {
            let tensor = try file.tensor("init/" + path)
            try #require(tensor.shape == parameter.shape, "\(path)")
            parameter.value = tensor
        }
        #expect(file.names.count { $0.hasPrefix("init/") } == model.namedParameters.count)
    }

    /// Trains with AdamW as the original did and compares losses, logits and gradient norms at every step.
    func replay(
        on model: some Module, lossTolerance: Float = 2e-5, gradientTolerance: Float = 1e-4,
        logits: (_ batch: String) throws -> Tensor
    ) throws {
        try replay(on: model, lossTolerance: lossTolerance, gradientTolerance: gradientTolerance, logits: logits) {
            logits, batch in
            logits.crossEntropy(try file.tensor(batch + "labels"))
        }
    }

    /// As above, with a loss of its own.
    func replay(
        on model: some Module, lossTolerance: Float = 2e-5, gradientTolerance: Float = 1e-4,
        logits: (_ batch: String) throws -> Tensor,
        loss: (_ logits: Tensor, _ batch: String) throws -> Tensor
    ) throws {
        let optimizer = AdamW([ParameterGroup(model, weightDecay: 0.01)], learningRate: 1e-3)
        let recordedLogits = try file["step_logits"].map { try file.tensor($0.name) },
            recordedNorms = try file.tensor("gradnorms")
        for step in losses.indices {
            let batch = "batch\(step)/"
            let result = try withTraining { try logits(batch) }
            let loss = try loss(result, batch)
            #expect(
                abs(loss.scalar - losses[step]) <= lossTolerance,
                "loss of step \(step): \(loss.scalar), recorded \(losses[step])")
            if let recordedLogits {
                let difference = (result.detached - recordedLogits.selected(step)).largestMagnitude()
                #expect(difference <= lossTolerance * 2, "logits of step \(step) differ by \(difference)")
                // From the recorded weights themselves, before updates add up.
                if step == 0 { #expect(relativeError(result, recordedLogits.selected(step)) <= 1e-5) }
            }
            loss.backward()
            compareNorms(
                of: model, recordedNorms.selected(step).floatArray.filter { $0 >= 0 }, gradientTolerance, step: step)
            optimizer.step()
            optimizer.clearGradients()
        }
    }

    private func compareNorms(of model: some Module, _ recorded: [Float], _ tolerance: Float, step: Int) {
        let parameters = model.namedParameters.filter(\.parameter.isTrainable)
        #expect(parameters.count == recorded.count)
        for ((path, parameter), expected) in zip(parameters, recorded)
        where expected > 1e-5 && !path.hasSuffix("self.key.bias") && !path.hasSuffix("c_attn.bias") {
            let norm = parameter.gradient.map { $0.sumOfSquares().squareRoot() } ?? -1
            #expect(
                abs(norm - expected) <= tolerance * expected,
                "gradient of \(path) at step \(step): \(norm), recorded \(expected)")
        }
    }
}
