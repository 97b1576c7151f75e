import ArgumentParser
import LatheFiles

/// Finds the command or the option that a name of another tool, or a misspelling, stands for. Only what exists is
/// proposed.
enum Synonyms {
    /// Names of one idea, and what the idea may be called here, the likeliest first.
    struct Idea {
        let names: [String]
        let proposals: [String]

        /// - Parameters:
        ///   - names: separated by spaces.
        ///   - proposals: each a name, or an option with a value (`precision bf16`).
        init(_ names: String, _ proposals: String...) {
            (self.names, self.proposals) = (names.split(separator: " ").map(String.init), proposals)
        }
    }

    /// The option of a command, with its dashes, that `name` may mean; nil if nothing is like it.
    /// - Parameters:
    ///   - name: what was typed, with its dashes.
    ///   - options: all options of the command, with their dashes.
    static func option(_ name: String, in options: [String]) -> String? {
        let wanted = normalized(name), dashed = "--" + wanted
        if options.contains(dashed) { return dashed }
        func proposal(_ ideas: [Idea]) -> String? {
            ideas.lazy.flatMap(\.proposals).first { options.contains("--" + $0.prefix { $0 != " " }) }.map { "--" + $0 }
        }
        if let proposal = proposal(optionIdeas.filter { $0.names.contains(wanted) }) { return proposal }
        let longer = options.filter { $0.hasPrefix(dashed) }
        if longer.count == 1, wanted.count > 2 { return longer[0] }
        if let nearest = NearestName.of([dashed], in: options) { return nearest }
        guard wanted.count > 3, let nearest = NearestName.of([wanted], in: optionIdeas.flatMap(\.names)) else {
            return nil
        }
        return proposal(optionIdeas.filter { $0.names.contains(nearest) })
    }

    /// An explanation for an option of other tools that Lathe has under no name; `nil` for other options.
    static func explanation(of name: String) -> String? {
        explanations.first { $0.names.contains(normalized(name)) }?.proposals.first
    }

    /// The command below `group` that `name` may mean, with the names between (`bench forward`); nil if nothing is like
    /// it.
    static func command(_ name: String, in group: any ParsableCommand.Type) -> String? {
        let paths = paths(below: group), wanted = normalized(name)
        if let path = paths.first(where: { $0.split(separator: " ").last.map(String.init) == wanted }) { return path }
        if let proposal = commandIdeas.filter({ $0.names.contains(wanted) }).flatMap(\.proposals).first(
            where: paths.contains)
        {
            return proposal
        }
        if let nearest = NearestName.of([wanted], in: paths.filter { !$0.contains(" ") }) { return nearest }
        guard let nearest = NearestName.of([wanted], in: commandIdeas.flatMap(\.names)) else { return nil }
        return commandIdeas.filter { $0.names.contains(nearest) }.flatMap(\.proposals).first(where: paths.contains)
    }

    /// All commands below `group`, those of groups with the group's name.
    private static func paths(below group: any ParsableCommand.Type) -> [String] {
        group.configuration.subcommands.flatMap { command -> [String] in
            let name = command.configuration.commandName ?? ""
            return [name] + paths(below: command).map { name + " " + $0 }
        }
    }

    /// `name` without dashes in front, in lower case, with dashes for underscores.
    private static func normalized(_ name: String) -> String {
        String(name.drop { $0 == "-" }.lowercased().map { $0 == "_" ? "-" : $0 })
    }
}
