import ArgumentParser
import Lathe

/// The reading of a DeepSpeed config.
struct ConfigFlags: ParsableArguments {
    @Option(
        name: .customLong("ignore-section"),
        help: ArgumentHelp("A section of --config to pass over, such as progressive_layer_drop; more than once for several.", valueName: "name"))
    var ignoredSections: [String] = []

    /// The config in the file that `argument` names; `-` is standard input.
    /// - Throws: `CompressionConfigError`, whose cure for sections that Lathe does not have names the option; and what keeps standard input from being read.
    func read(_ argument: String, for purpose: DeepSpeedConfig.Purpose) throws -> DeepSpeedConfig {
        let input = argument == InputFile.standardInput ? try InputFile.open(argument) : nil
        do throws(CompressionConfigError) {
            guard let input else { return try DeepSpeedConfig(path: argument, for: purpose, ignoring: ignoredSections) }
            return try DeepSpeedConfig(input, for: purpose, ignoring: ignoredSections)
        } catch {
            guard case .invalid(let file, let problems) = error else { throw error }
            throw CompressionConfigError.invalid(
                file: file,
                problems: problems.map {
                    $0.text.hasSuffix("have it ignored") ? .init(key: $0.key, text: $0.text + " (--ignore-section \($0.key))") : $0
                })
        }
    }
}
