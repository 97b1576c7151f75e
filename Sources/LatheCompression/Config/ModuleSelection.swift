import LatheFiles

/// Which modules of a model each group of a config takes.
///
/// As upstream, a pattern is searched anywhere in a path, modules come in the model's order, and a technique takes a
/// module once. A pattern passes over modules of a kind that the technique cannot take, where upstream fails, as long
/// as it hits others.
///
/// ```swift
/// let selection = ModuleSelection(config, modules: [.init("encoder.0.dense", .linear), .init("classifier", .linear)])
/// selection.techniques(at: "classifier")    // [.weightQuantization]
/// selection.problems                        // patterns that hit nothing, modules taken twice
/// ```
package struct ModuleSelection: Sendable, Hashable {
    /// What one pattern takes.
    package struct Hits: Sendable, Hashable {
        package let pattern: ModulePattern
        /// Paths of the modules taken, in the model's order.
        package let modules: [String]
        /// For each related pattern, the paths of the modules that shrink along: the one at `i` with `modules[i]`.
        /// Empty where nothing shrinks.
        package let related: [[String]]
    }

    /// What one group takes.
    package struct Match: Sendable, Hashable {
        package let technique: Technique
        /// Its key in `different_groups`; nil for `snip_momentum`, which has no groups.
        package let group: String?
        /// One for each pattern.
        package let hits: [Hits]

        /// Paths of all modules taken.
        package var modules: [String] { hits.flatMap(\.modules) }

        /// Each module taken, with those that shrink along with it.
        package var families: [(module: String, related: [String])] {
            hits.flatMap { hits in
                hits.modules.indices.map { index in
                    (hits.modules[index], hits.related.compactMap { $0.indices.contains(index) ? $0[index] : nil })
                }
            }
        }
    }

    /// What the enabled techniques' groups take, in the order of `Technique.allCases` and of the config.
    package let matches: [Match]
    /// What is wrong: patterns that hit nothing, modules that one technique takes twice, related modules that do not
    /// pair.
    package let problems: [JSONFields.Problem]
    /// What is right and yet should be known.
    package let notes: [JSONFields.Note]

    /// - Parameters:
    ///   - config: whose groups name modules.
    ///   - modules: all that patterns can hit, in the model's order.
    package init(_ config: CompressionConfig, modules: [CompressibleModule]) {
        var selector = ModuleSelector(modules)
        matches = config.enabledTechniques.flatMap { technique in
            if technique == .sparsePruning, case .snipMomentum(let snip) = config.sparsePruning.method {
                return [selector.match(snip)]
            }
            return selector.matches(technique, config.section(technique).scopes)
        }
        (problems, notes) = (selector.problems, selector.notes)
    }

    /// Throws if anything is wrong.
    /// - Parameter file: what messages call the config.
    /// - Throws: `CompressionConfigError` with all of ``problems``.
    package func validate(file: String) throws(CompressionConfigError) {
        if !problems.isEmpty { throw .invalid(file: file, problems: problems) }
    }

    /// The group by which `technique` takes the module at `path`; nil where it does not.
    package func match(_ technique: Technique, at path: String) -> Match? {
        matches.first { $0.technique == technique && $0.modules.contains(path) }
    }

    /// The techniques that take the module at `path`.
    package func techniques(at path: String) -> [Technique] {
        Technique.allCases.filter { match($0, at: path) != nil }
    }
}
