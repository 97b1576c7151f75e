import LatheFiles
import LatheGolden
import LatheModels
import LatheNN
import LatheTensor
import Testing

/// Numbers that a recorded case may be off by: `atol + rtol * |expected|`.
struct Limit {
    var absolute: Float = 1e-5
    var relative: Float = 1e-5

    init(_ value: JSONValue?) {
        if let number = value?["atol"]?.double { absolute = Float(number) }
        if let number = value?["rtol"]?.double { relative = Float(number) }
    }

    func accepts(_ actual: Float, _ expected: Float) -> Bool {
        abs(actual - expected) <= absolute + relative * abs(expected)
    }
}

extension Module {
    /// Gives every parameter the recorded tensor of its path.
    func load(_ tensors: [String: Tensor]) throws {
        for (path, parameter) in namedParameters {
            let tensor = try #require(tensors[path], "\(path)")
            try #require(tensor.shape == parameter.shape, "\(path)")
            parameter.value = tensor
        }
    }
}

/// The tiny BERT classifiers of the recorded cases, without dropout.
func goldenBert(layers: Int, hidden: Int = 24, heads: Int = 4, intermediate: Int = 48, labels: Int = 3)
    -> BertForSequenceClassification
{
    var encoder = EncoderConfiguration(
        hiddenSize: hidden, layerCount: layers, headCount: heads, intermediateSize: intermediate)
    (encoder.hiddenDropout, encoder.attentionDropout) = (0, 0)
    return BertForSequenceClassification(
        BertConfiguration(encoder: encoder, vocabularySize: 48, positionCount: 16, labelCount: labels))
}
