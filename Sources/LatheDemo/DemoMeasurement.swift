import LatheDigits
import LatheFiles
import LatheModels
import LatheTensor
import LatheTraining
import LatheWorkflows

/// Measures the demo's models as they stand in their directories.
enum DemoMeasurement {
    private static let repeats = 21

    /// The rows of one network's models, whose times are taken by turns.
    /// - Parameter models: what each is called, and where it is.
    static func rows(_ network: String, _ models: [(form: String, directory: String)]) throws -> [DemoRow] {
        let test = try DigitsDataset.loadSplit().test, images = test.batch(0..<min(Demo.timedBatch, test.count))
        let passes = try models.map { model -> () -> Void in
            let pretrained = try PretrainedModel(directory: model.directory)
            guard let classifier = pretrained.network as? any ImageClassifier else {
                preconditionFailure("the demo's models classify images")
            }
            classifier.packWeights(.float32)
            return { _ = withInference { classifier(images) } }
        }
        let times = Stopwatch.interleaved(passes, repeats: repeats)
        return try zip(models, times).map { model, milliseconds in
            let evaluation = try ModelEvaluation(model: model.directory, task: .digits).run().evaluation
            return DemoRow(
                network: network, form: model.form, accuracy: evaluation.primaryValue,
                bytes: try MappedFile(path: model.directory + "/model.safetensors").byteCount,
                milliseconds: milliseconds)
        }
    }
}
