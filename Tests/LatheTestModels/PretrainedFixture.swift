import Foundation
import LatheTensor
import Testing

import LatheCheckpoints
import LatheModels

/// A tiny model as `transformers` saved it, and what it computed (Scripts/make-pretrained-fixtures.py).
package struct PretrainedFixture {
    package static let texts = [
        "bert-base", "bert-classifier", "bert-regression", "bert-masked-lm", "bert-pretraining", "roberta-classifier",
        "roberta-masked-lm",
        "distilbert-classifier", "distilbert-masked-lm", "gpt2",
    ]

    package let name: String
    package let directory: String

    package init(_ name: String) throws {
        self.name = name
        directory = try #require(
            Bundle.module.url(forResource: name, withExtension: nil, subdirectory: "Resources/pretrained")
        ).path
    }

    /// What `transformers` computed; some variants share another's.
    package func expected(of other: String? = nil) throws -> SafetensorsFile {
        try SafetensorsFile(path: (other.map { try PretrainedFixture($0) } ?? self).directory + "/expected.safetensors")
    }

    /// Open the model for what it was recorded as.
    package func model() throws -> PretrainedModel {
        // Lathe has one of its two heads.
        try PretrainedModel(directory: directory, for: name == "bert-pretraining" ? .predictingMaskedWords : .asSaved)
    }
}

/// The recorded inputs in the two layouts that a batch can have.
package struct RecordedBatch {
    package let padded: TokenBatch
    package let joined: TokenBatch
    /// Tokens of each row that are no padding.
    package let lengths: [Int]

    package init(_ expected: SafetensorsFile) throws {
        let ids = try expected.tensor("input_ids"), mask = try expected.tensor("attention_mask")
        let types = try expected["token_type_ids"].map { try expected.tensor($0.name) }
        let lengths = (0..<ids.shape[0]).map { mask.selected($0).int32Array.reduce(0) { $0 + Int($1) } }
        self.lengths = lengths
        padded = TokenBatch(
            ids, tokenTypes: types, keyMask: (mask.cast(to: .float32) - 1) * Float.greatestFiniteMagnitude)
        func rows(_ tensor: Tensor) -> [[Int32]] {
            lengths.enumerated().map { Array(tensor.selected($0).int32Array.prefix($1)) }
        }
        joined = TokenBatch(joining: rows(ids), tokenTypes: types.map(rows))
    }

    /// The visible tokens of `[batch, tokens, …]`, joined as `[1, total, …]`.
    package func visible(_ tensor: Tensor) -> Tensor {
        .concatenated(lengths.enumerated().map { tensor.sliced($0..<$0 + 1).sliced(0..<$1, axis: 1) }, axis: 1)
    }
}

/// The largest difference, as a share of the largest expected magnitude.
package func relativeError(_ actual: Tensor, _ expected: Tensor) -> Float {
    precondition(actual.shape == expected.shape, "\(actual.shape) beside \(expected.shape)")
    return (actual.detached - expected).largestMagnitude() / max(expected.largestMagnitude(), 1e-12)
}
