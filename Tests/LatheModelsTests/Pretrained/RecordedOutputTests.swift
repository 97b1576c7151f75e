import LatheTensor
import LatheTestModels
import Testing

@testable import LatheModels

@Suite("Models as transformers saves them")
struct RecordedOutputTests {
    @Test("Logits, hidden states and attention scores are those of transformers", arguments: PretrainedFixture.texts)
    func outputs(_ name: String) throws {
        let fixture = try PretrainedFixture(name), expected = try fixture.expected(),
            batch = try RecordedBatch(expected)
        let model = TextModel(network: try fixture.model().network, expected: expected)
        let output = try withInference { try model(batch.padded, capturing: [.hiddenStates, .attentionScores]) }
        let isClassifier = model.network is BertForSequenceClassification
        let result = try expected.tensor(expected["logits"] == nil ? "last_hidden_state" : "logits")
        // What a model computes for padding is nobody's business.
        let difference =
            isClassifier
            ? relativeError(output.result, result) : relativeError(batch.visible(output.result), batch.visible(result))
        #expect(difference <= 1e-5)
        if let pooled = output.pooled { #expect(try relativeError(pooled, expected.tensor("pooler_output")) <= 1e-5) }
        #expect(output.layers.hiddenStates.count == 3)
        for (index, state) in output.layers.hiddenStates.enumerated() {
            let error = relativeError(
                batch.visible(state), batch.visible(try expected.tensor("hidden_states.\(index)")))
            #expect(error <= 1e-5, "hidden state \(index)")
        }
        #expect(output.layers.attentionScores.count == 2)
        for (index, scores) in output.layers.attentionScores.enumerated() {
            let error = try scoreError(
                scores, expected.tensor("attention_scores.\(index)"), batch.lengths,
                isCausal: model.network is GPT2LMHeadModel)
            #expect(error <= 1e-5, "attention scores \(index)")
        }
    }

    @Test("Gradients of every parameter are those of transformers", arguments: PretrainedFixture.texts)
    func gradients(_ name: String) throws {
        let fixture = try PretrainedFixture(name), expected = try fixture.expected(),
            batch = try RecordedBatch(expected)
        let saved = try fixture.model(), model = TextModel(network: saved.network, expected: expected)
        let loss = try model.loss(model(batch.padded))
        #expect(try relativeError(loss, expected.tensor("loss")) <= 1e-5)
        loss.backward()
        let naming = saved.configuration.architecture.family.checkpointNaming
        var compared = 0
        let largest =
            try expected.names.filter { $0.hasPrefix("grad/") }.map { try expected.tensor($0).largestMagnitude() }.max()
            ?? 0
        var seen: Set<ObjectIdentifier> = []
        for (path, parameter) in saved.network.namedParameters where seen.insert(ObjectIdentifier(parameter)).inserted {
            let recorded = try expected.tensor("grad/" + naming.fileName(of: path))
            let gradient = try #require(parameter.gradient, "\(path)")
            let difference = (naming.isTransposed(path) ? gradient.transposed() : gradient) - recorded
            // A key's bias has a gradient of zero but for rounding; it is measured by the model's largest.
            let scale =
                path.hasSuffix("key.bias") || path.hasSuffix("k_lin.bias") ? largest : recorded.largestMagnitude()
            #expect(difference.largestMagnitude() <= 1e-4 * scale, "\(path)")
            compared += 1
        }
        #expect(compared == expected.names.count { $0.hasPrefix("grad/") })
    }

    @Test(
        "Sequences without padding compute what they compute in a padded batch, gradients included",
        arguments: PretrainedFixture.texts)
    func joined(_ name: String) throws {
        let fixture = try PretrainedFixture(name), expected = try fixture.expected(),
            batch = try RecordedBatch(expected)
        let (first, second) = (try fixture.model(), try fixture.model())
        let padded = try TextModel(network: first.network, expected: expected)(batch.padded)
        let joined = try TextModel(network: second.network, expected: expected)(batch.joined)
        let isClassifier = first.network is BertForSequenceClassification
        let reference = isClassifier ? padded.result : batch.visible(padded.result)
        #expect(relativeError(joined.result, reference.detached) <= 1e-5)
        let weights = Tensor.randomNormal(joined.result.shape, from: RandomSource(seed: 9))
        (reference * weights).sum().backward()
        (joined.result * weights).sum().backward()
        let largest = first.network.parameters.compactMap { $0.gradient?.largestMagnitude() }.max() ?? 0
        for (left, right) in zip(first.network.namedParameters, second.network.namedParameters) {
            guard let gradient = left.parameter.gradient else { continue }
            let other = try #require(right.parameter.gradient, "\(right.path)")
            #expect((gradient - other).largestMagnitude() <= 1e-5 * largest, "\(left.path)")
        }
    }

    /// The largest difference of the scores between visible tokens, as a share of the largest score.
    private func scoreError(_ scores: Tensor, _ expected: Tensor, _ lengths: [Int], isCausal: Bool) throws -> Float {
        try #require(scores.shape == expected.shape)
        let (actual, wanted) = (scores.floatArray, expected.floatArray), heads = scores.shape[1],
            tokens = scores.shape[2]
        var worst: Float = 0, largest: Float = 0
        for (row, length) in lengths.enumerated() {
            for head in 0..<heads {
                for query in 0..<length {
                    for key in 0..<(isCausal ? query + 1 : length) {
                        let index = ((row * heads + head) * tokens + query) * tokens + key
                        worst = max(worst, abs(actual[index] - wanted[index]))
                        largest = max(largest, abs(wanted[index]))
                    }
                }
            }
        }
        return worst / largest
    }
}
