import Foundation
import LatheCompression
import LatheFiles
import LatheTraining

/// A file that an option names, where `-` is standard input.
enum InputFile {
    /// The argument that stands for standard input.
    static let standardInput = "-"
    /// The name of standard input in messages and records.
    static let standardInputName = "standard input"

    /// Returns the name, in messages and records, of the file that `argument` names.
    static func name(_ argument: String) -> String { argument == standardInput ? standardInputName : argument }

    /// Opens the file that `argument` names, or reads all of standard input.
    /// - Throws: `DataError` for files, and what keeps standard input from being read.
    static func open(_ argument: String) throws -> MappedFile {
        guard argument == standardInput else { return try DatasetFile.open(argument) }
        return MappedFile(bytes: Array(try Console.current.readInput()), name: standardInputName)
    }

    /// Returns `argument` itself, or, for `-`, the text of standard input without its last line break.
    /// - Throws: `InputError` for text that is not UTF-8, and what keeps standard input from being read.
    static func text(_ argument: String) throws -> String {
        guard argument == standardInput else { return argument }
        guard var text = String(validating: try Console.current.readInput(), as: UTF8.self) else {
            throw InputError.notUTF8
        }
        // "\r\n" is one character.
        if text.last?.isNewline == true { text.removeLast() }
        return text
    }
}

extension DeepSpeedConfig {
    /// Reads the config that `argument` names; `-` is standard input.
    /// - Parameters:
    ///   - argument: a path, or `-`.
    ///   - purpose: the use of the config.
    ///   - ignoredSections: keys that are passed over.
    /// - Throws: `CompressionConfigError` that lists everything that is wrong in it, and what keeps standard input from
    ///   being read.
    init(argument: String, for purpose: Purpose = .training, ignoring ignoredSections: [String] = []) throws {
        if argument == InputFile.standardInput {
            try self.init(InputFile.open(argument), for: purpose, ignoring: ignoredSections)
        } else {
            try self.init(path: argument, for: purpose, ignoring: ignoredSections)
        }
    }
}

/// Why standard input cannot be used.
enum InputError: DescribedError {
    case notUTF8

    var description: String {
        switch self {
        case .notUTF8: "\(InputFile.standardInputName): not a text in UTF-8; convert it first"
        }
    }
}
