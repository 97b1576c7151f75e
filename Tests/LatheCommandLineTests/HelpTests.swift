import ArgumentParser
import Testing

@testable import LatheCommandLine

struct HelpTests {
    /// A command and what leads to it: `lathe bench gemm`.
    struct Entry: CustomTestStringConvertible, Sendable {
        let path: String
        let command: any ParsableCommand.Type

        var testDescription: String { path }
    }

    /// Every command that is no group.
    static let leaves = entries(of: LatheCommand.self, path: "lathe").filter {
        $0.command.configuration.subcommands.isEmpty
    }
    static let all = entries(of: LatheCommand.self, path: "lathe")

    private static func entries(of command: any ParsableCommand.Type, path: String) -> [Entry] {
        [Entry(path: path, command: command)]
            + command.configuration.subcommands.flatMap {
                entries(of: $0, path: path + " " + ($0.configuration.commandName ?? "?"))
            }
    }

    /// The commands among the examples of a help text, without what is explained behind three spaces.
    private static func examples(_ discussion: String) -> [String] {
        discussion.replacing(/\\\n +/, with: "").split(separator: "\n").compactMap { line in
            let command = line.trimmingPrefix(while: { $0 == " " })
            return command.hasPrefix("lathe ")
                ? command.split(separator: "   ", maxSplits: 1).first.map(String.init) : nil
        }
    }

    @Test("Every command's help has examples", arguments: all)
    func hasExamples(_ entry: Entry) {
        #expect(entry.command.configuration.discussion.contains("Examples:\n"))
        #expect(Self.examples(entry.command.configuration.discussion).contains { $0.hasPrefix(entry.path) })
    }

    @Test("Every example is one that the program understands", arguments: all)
    func examplesParse(_ entry: Entry) throws {
        // What continues a run takes the other options from the run's directory.
        for example in Self.examples(entry.command.configuration.discussion) where !example.contains(" --resume --out ")
        {
            var arguments: [String] = [], quoted: String?
            for word in example.split(separator: " ").dropFirst().prefix(while: { $0 != ">" }) {
                // Words in quotes are one argument.
                if let open = quoted {
                    quoted = open + " " + word
                } else if word.hasPrefix("\"") {
                    quoted = String(word)
                } else {
                    arguments.append(String(word))
                }
                if let open = quoted, open.count > 1, open.hasSuffix("\"") {
                    (arguments, quoted) = (arguments + [open], nil)
                }
            }
            #expect(throws: Never.self, "\(example)") { try LatheCommand.parseAsRoot(arguments) }
        }
    }

    @Test("Lines of examples fit a terminal of 100 columns", arguments: all)
    func width(_ entry: Entry) {
        let lines = entry.command.configuration.discussion.split(separator: "\n").filter { $0.hasPrefix("  ") }
        #expect(lines.allSatisfy { $0.count <= 100 }, "\(lines.filter { $0.count > 100 })")
    }

    @Test func byItselfTheProgramNamesFirstStepsAndAllCommands() {
        let transcript = Transcript()
        #expect(transcript.run("") == 0)
        #expect(transcript.output.contains("lathe demo --quick"))
        #expect(transcript.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
        for command in LatheCommand.configuration.subcommands {
            #expect(transcript.output.contains(command.configuration.commandName ?? "?"))
        }
    }

    @Test(
        "An unknown command is told with the nearest one",
        arguments: [
            ("compres --model x", "'compres' is not a command of lathe; it has demo, config"),
            ("compres", "Did you mean 'compress'?"),
            ("bench forwrd", "'forwrd' is not a command of lathe bench"), ("bench forwrd", "Did you mean 'forward'?"),
            ("help quantise", "Did you mean 'quantize'?"), ("config int", "Did you mean 'init'?"),
            ("plan --modle x", "Did you mean '--model'?"),
            ("eval --model x --task sst3", "Did you mean 'sst2'?"),
            ("config init --goal int8 --preset resnet21", "Did you mean 'resnet20'?"),
        ])
    func unknown(command: String, reason: String) {
        let transcript = Transcript()
        #expect(transcript.run(command) == 2)
        #expect(transcript.errors.contains(reason), "got: \(transcript.errors)")
        #expect(transcript.output.isEmpty)
    }
}
