import LatheNN
import LatheTensor
import Testing

@testable import LatheCheckpoints
@testable import LatheModels

/// What the recorded text models have in common.
struct TextModel {
    let network: any Module
    let expected: SafetensorsFile

    struct Output {
        /// Logits, or hidden states of a model without head.
        var result: Tensor
        var pooled: Tensor?
        var layers: TransformerOutput
    }

    func callAsFunction(_ batch: TokenBatch, capturing wanted: CapturedOutputs = []) throws -> Output {
        switch network {
        case let model as BertModel:
            let output = model(batch, capturing: wanted)
            return Output(result: output.hidden, pooled: output.pooled, layers: output)
        case let model as BertForSequenceClassification: return output(model(batch, capturing: wanted))
        case let model as BertForMaskedLM: return output(model(batch, capturing: wanted))
        case let model as GPT2LMHeadModel: return output(model(batch, capturing: wanted))
        default: throw UnknownNetwork()
        }
    }

    private func output(_ pair: (Tensor, TransformerOutput)) -> Output { Output(result: pair.0, layers: pair.1) }

    /// The recorded loss of a padded batch's outputs.
    func loss(_ output: Output) throws -> Tensor {
        if let weights = try expected["loss_weights.last_hidden_state"].map({ try expected.tensor($0.name) }) {
            let pooled = try #require(output.pooled) * expected.tensor("loss_weights.pooler_output")
            return (output.result * weights).sum() + pooled.sum()
        }
        let labels = try expected.tensor("labels")
        guard labels.dtype == .int32 else {
            return output.result.meanSquaredError(labels.reshaped(output.result.shape))
        }
        guard network is GPT2LMHeadModel else { return output.result.crossEntropy(labels) }
        // Each token foretells the next.
        let count = labels.shape[1]
        return output.result.sliced(0..<count - 1, axis: 1).crossEntropy(labels.sliced(1..<count, axis: 1))
    }

    struct UnknownNetwork: Error {}
}
