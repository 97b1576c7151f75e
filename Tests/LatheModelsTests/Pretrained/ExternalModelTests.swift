import Foundation
import LatheTensor
import LatheTestModels
import Testing

@testable import LatheCheckpoints
@testable import LatheModels

/// Work for scripts that compare with Python packages.
@Suite("Models for scripts")
struct ExternalModelTests {
    private static let environment = ProcessInfo.processInfo.environment

    @Test(
        "Saves every recorded model",
        .enabled(
            if: environment["LATHE_SAVED_DIR"] != nil,
            "for Scripts/check-saved-models.py, on the directory that LATHE_SAVED_DIR names"))
    func save() throws {
        let target = try #require(Self.environment["LATHE_SAVED_DIR"])
        for name in PretrainedFixture.texts + [
            "bert-classifier-bin", "bert-classifier-sharded", "bert-classifier-old-names", "gpt2-bare", "resnet-basic",
            "resnet-bottleneck",
        ] {
            let fixture = try PretrainedFixture(name)
            try fixture.model().save(to: "\(target)/\(name)")
            let source =
                [
                    "bert-classifier-bin": "bert-classifier", "bert-classifier-sharded": "bert-classifier",
                    "bert-classifier-old-names": "bert-classifier", "gpt2-bare": "gpt2",
                ][name] ?? name
            let expected = try Data(
                contentsOf: URL(fileURLWithPath: PretrainedFixture(source).directory + "/expected.safetensors"))
            try expected.write(to: URL(fileURLWithPath: "\(target)/\(name)/expected.safetensors"))
        }
    }

    @Test(
        "GPT-2's shape with random weights computes what transformers computes, with and without the cache",
        .enabled(
            if: environment["LATHE_GPT2_DIR"] != nil,
            "for a directory of Scripts/make-random-gpt2.py, which LATHE_GPT2_DIR names"))
    func randomGPT2() throws {
        let directory = try #require(Self.environment["LATHE_GPT2_DIR"])
        let expected = try SafetensorsFile(path: directory + "/expected.safetensors")
        let model = try #require(try PretrainedModel(directory: directory).network as? GPT2LMHeadModel)
        let ids = try expected.tensor("input_ids"), recorded = try expected.tensor("logits")
        let logits = withInference { model(ids) }
        var worst: Float = 0
        for (index, position) in try expected.tensor("positions").int32Array.enumerated() {
            let ours = logits.selected(Int(position), axis: 1), theirs = recorded.selected(index, axis: 1)
            worst = max(worst, relativeError(ours, theirs))
        }
        print("largest relative error of the logits: \(worst)")
        #expect(worst <= 1e-4)
        let prompt = try expected.tensor("prompt").int32Array,
            continuation = try expected.tensor("continuation").int32Array
        withInference {
            let cache = model.makeCache(capacity: prompt.count + continuation.count)
            var text = prompt, next = prompt
            for wanted in continuation {
                let cached = model.lastLogits(next, continuing: cache)
                let whole = model(Tensor(text, shape: [1, text.count])).selected(text.count - 1, axis: 1).reshaped([
                    model.vocabularySize
                ])
                #expect(relativeError(cached, whole) <= 1e-5)
                #expect(cached.argmax().int32Array == [wanted])
                text.append(wanted)
                next = [wanted]
            }
        }
    }
}
