import ArgumentParser

/// Commands and options that do not exist, with what may be meant.
enum Misspelling {
    /// - Throws: `ValidationError` if `arguments` begin with names of commands up to one that does not exist.
    static func checkCommand(_ arguments: [String]) throws {
        let (command, path, rest) = resolve(arguments), commands = command.configuration.subcommands
        guard let name = rest.first, !name.hasPrefix("-"), !commands.isEmpty else { return }
        let names = commands.compactMap { $0.configuration.commandName },
            hint = hint(Synonyms.command(name, in: command))
        throw ValidationError("'\(name)' is not a command of \(path); it has \(names.joined(separator: ", ")).\(hint)")
    }

    /// - Throws: `ValidationError` for the first option that the command does not have.
    static func checkOptions(_ arguments: [String]) throws {
        let (command, _, rest) = resolve(arguments), options = options(of: command)
        for argument in rest {
            if argument == "--" { return }
            guard let name = optionName(argument), !options.contains(name), name != "-h" else { continue }
            let hint = Synonyms.explanation(of: name).map { " " + $0 } ?? hint(Synonyms.option(name, in: options))
            throw ValidationError("Unknown option '\(name)'.\(hint)")
        }
    }

    private static func hint(_ proposal: String?) -> String { proposal.map { " Did you mean '\($0)'?" } ?? "" }

    /// The part of `argument` that names an option, `--name` or `-n`; nil for values such as `-`, `-1` or `- a text`.
    private static func optionName(_ argument: String) -> String? {
        argument.prefixMatch(of: /--?[A-Za-z][A-Za-z0-9_-]*(?==|$)/).map { String($0.output) }
    }

    /// The options of `command` as its help lists them, with their dashes.
    static func options(of command: any ParsableCommand.Type) -> [String] {
        LatheCommand.helpMessage(for: command).split(separator: "\n").flatMap { line -> [String] in
            // An entry is indented by two spaces; behind two more its explanation begins.
            guard line.hasPrefix("  -") else { return [] }
            let entry = line.dropFirst(2).split(separator: "  ", maxSplits: 1)[0]
            return entry.matches(of: /--[a-z][a-z0-9-]*/).map { String($0.output) }
        }
    }

    /// The command that `arguments` name, how it is called, and what follows.
    static func resolve(_ arguments: [String]) -> (
        command: any ParsableCommand.Type, path: String, rest: ArraySlice<String>
    ) {
        var command: any ParsableCommand.Type = LatheCommand.self, path = "lathe", rest = arguments[...]
        if rest.first == "help" { rest.removeFirst() }
        while let name = rest.first,
            let next = command.configuration.subcommands.first(where: { $0.configuration.commandName == name })
        {
            (command, path) = (next, path + " " + name)
            rest.removeFirst()
        }
        return (command, path, rest)
    }
}
