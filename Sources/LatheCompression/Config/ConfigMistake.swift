import LatheFiles

/// The likeliest reason why a file asks for no compression.
struct ConfigMistake {
    /// The problem, with the cure.
    let problem: JSONFields.Problem

    private static let section = "compression_training"
    /// Keys that a model's configuration has.
    private static let modelKeys = ["architectures", "hidden_size", "model_type", "num_hidden_layers", "n_embd"]

    /// - Parameter root: the content of the file.
    init(_ root: JSONValue) {
        let keys = (root.object ?? []).map(\.key)
        if root[Self.section]?.object != nil {
            problem = .init(
                key: Self.section,
                text: "nothing in it is enabled; set enabled in shared_parameters of a technique to true")
        } else if let technique = keys.first(where: { Technique(rawValue: $0) != nil || $0 == "layer_reduction" }) {
            problem = .init(key: technique, text: "is outside \(Self.section); move it into an object with this key")
        } else if let key = keys.first(where: Self.resembles) {
            problem = .init(key: key, text: "asks for nothing; did you mean \(Self.section)?")
        } else if let key = Self.modelKeys.first(where: keys.contains) {
            problem = .init(
                key: "the file",
                text:
                    "is the configuration of a model (\(key)) and not a DeepSpeed config; name a file with \(Self.section)"
            )
        } else if root["quantize_training"] != nil {
            problem = .init(
                key: "quantize_training", text: "is not enabled, and there is no \(Self.section); set enabled to true")
        } else {
            problem = .init(
                key: Self.section, text: "missing, so that nothing is to be compressed; add it with a technique")
        }
    }

    /// Whether a key is a part of the section's name, or a misspelling.
    private static func resembles(_ key: String) -> Bool {
        key.lowercased().hasPrefix("compress") || NearestName.of([key], in: [section]) != nil
    }
}
