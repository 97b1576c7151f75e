import ArgumentParser
import Lathe

/// Commands and options that do not exist, with the nearest ones that do.
enum Misspelling {
    /// - Throws: `ValidationError` when `arguments` begin with names of commands up to one that is none.
    static func checkCommand(_ arguments: [String]) throws {
        let (command, path, rest) = resolve(arguments), commands = command.configuration.subcommands
        guard let name = rest.first, !name.hasPrefix("-"), !commands.isEmpty else { return }
        let names = commands.compactMap { $0.configuration.commandName }
        throw ValidationError("'\(name)' is not a command of \(path); it has \(names.joined(separator: ", ")).\(nearest(name, names))")
    }

    /// - Throws: `ValidationError` for an option that looks like one of the command's and is none.
    static func checkOptions(_ arguments: [String]) throws {
        let (command, _, rest) = resolve(arguments), help = LatheCommand.helpMessage(for: command)
        let names = help.matches(of: /--[a-z0-9][a-z0-9-]*/).map { String($0.output) }
        for argument in rest where argument.hasPrefix("--") {
            let name = String(argument.prefix { $0 != "=" }), hint = nearest(name, names)
            if !names.contains(name), !hint.isEmpty { throw ValidationError("Unknown option '\(name)'.\(hint)") }
        }
    }

    private static func nearest(_ name: String, _ names: [String]) -> String {
        NearestName.of([name], in: names).map { " Did you mean '\($0)'?" } ?? ""
    }

    /// The command that `arguments` name, how it is called, and what follows.
    static func resolve(_ arguments: [String]) -> (command: any ParsableCommand.Type, path: String, rest: ArraySlice<String>) {
        var command: any ParsableCommand.Type = LatheCommand.self, path = "lathe", rest = arguments[...]
        if rest.first == "help" { rest.removeFirst() }
        while let name = rest.first, let next = command.configuration.subcommands.first(where: { $0.configuration.commandName == name }) {
            (command, path) = (next, path + " " + name)
            rest.removeFirst()
        }
        return (command, path, rest)
    }
}
