import LatheFiles
import LatheTensor

/// What does not fit between a network and a file.
public struct ModuleFileError: DescribedError, Equatable {
    /// One tensor that does not fit.
    package enum Problem: Equatable, Sendable {
        /// `nearest` is the unexpected tensor whose name is most like it.
        case missing(String, nearest: String? = nil)
        case unexpected(String)
        case wrongShape(String, expected: [Int], got: [Int])
        case wrongType(String, expected: String, got: String)
        /// A tensor of a packed weight, or a field that describes it, with what is wrong and the cure.
        case damaged(String, String)
        /// A weight with an element that is NaN or infinite, and the file that has it, by their names there.
        case notFinite(String, file: String, NonFiniteElement)
    }

    public let file: String
    /// Everything, the likeliest misspellings first.
    package let problems: [Problem]

    package init(file: String, problems: [Problem]) { (self.file, self.problems) = (file, problems) }

    /// Lines in a message; a file of another model would have thousands.
    private static let lineLimit = 40

    public var description: String {
        var lines = problems.prefix(Self.lineLimit).map(\.line)
        if problems.count > lines.count { lines.append("and \(problems.count - lines.count) more") }
        if problems.allSatisfy(\.isNotFinite) {
            return
                "\(file): weights that are not finite numbers; take the file from its source again, or train the model again with a smaller "
                + "learning rate:\n  " + lines.joined(separator: "\n  ")
        }
        return "\(file) does not fit the model; check that it belongs to this architecture and size:\n  "
            + lines.joined(separator: "\n  ")
    }
}

extension ModuleFileError.Problem {
    fileprivate var isNotFinite: Bool {
        if case .notFinite = self { true } else { false }
    }

    /// Names and shapes come from files, which may have been damaged: none fills a screen.
    fileprivate var line: String {
        func name(_ name: String) -> String { MessageText.plain(name) }
        func shape(_ shape: [Int]) -> String { MessageText.shape(shape) }
        return switch self {
        case .missing(let missing, nil): "\(name(missing)): missing"
        case .missing(let missing, let nearest?): "\(name(missing)): missing; is it \(name(nearest))?"
        case .unexpected(let unexpected): "\(name(unexpected)): no part of the model has this name"
        case .wrongShape(let tensor, let expected, let got):
            "\(name(tensor)): expected \(shape(expected)), got \(shape(got))"
        case .wrongType(let tensor, let expected, let got): "\(name(tensor)): expected \(expected), got \(got)"
        case .damaged(let tensor, let text): "\(name(tensor)): \(text)"
        case .notFinite(let tensor, let file, let element): "\(file): \(name(tensor)): \(element)"
        }
    }
}
