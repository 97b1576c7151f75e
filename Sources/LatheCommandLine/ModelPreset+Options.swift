import ArgumentParser
import LatheFiles
import LatheModels

extension ModelPreset {
    /// The network where none is named.
    static let usual = bertBase
    /// The same for what generates texts.
    static let usualLanguageModel = gpt2

    /// The preset that an option names.
    /// - Throws: `ValidationError` with the presets that there are.
    static func parse(_ text: String) throws -> ModelPreset {
        if let preset = ModelPreset(text) { return preset }
        let names = all.map(\.name), nearest = NearestName.of([text], in: names).map { " Did you mean '\($0)'?" } ?? ""
        throw ValidationError("'\(text)' is not a preset; choose one of \(names.joined(separator: ", ")).\(nearest)")
    }
}
