import LatheModels
import LatheTensor

/// A tiny BERT classifier without dropout, with fresh weights.
func tinyBert(layers: Int, hidden: Int = 24, seed: UInt64) -> PretrainedModel {
    var encoder = EncoderConfiguration(hiddenSize: hidden, layerCount: layers, headCount: 4, intermediateSize: 48)
    (encoder.hiddenDropout, encoder.attentionDropout) = (0, 0)
    let sizes = BertConfiguration(encoder: encoder, vocabularySize: 48, positionCount: 16, labelCount: 3)
    return withRandomSource(RandomSource(seed: seed)) {
        PretrainedModel(ModelConfiguration(.init(BertFamily.bert, .sequenceClassification), sizes))
    }
}

extension PretrainedModel {
    /// The network, which is a BERT classifier.
    var bertClassifier: BertForSequenceClassification {
        guard let network = network as? BertForSequenceClassification else { preconditionFailure("another network") }
        return network
    }
}
