import LatheCheckpoints
import LatheHub

/// The names of files that models are read from.
package enum ModelFileNames {
    private static let fixed = Set(
        Checkpoint.fileNames + HubFiles.optional + [
            ModelConfiguration.fileName, "modules.json", "sentence_bert_config.json",
            "config_sentence_transformers.json",
        ])
    private static let weightEndings = [".safetensors", ".bin", ".pt", ".pth", ".index.json"]

    /// Whether a model may be read from a file called `name` in its directory.
    package static func contains(_ name: String) -> Bool {
        fixed.contains(name) || weightEndings.contains(where: name.hasSuffix)
    }
}
