import LatheNN

/// The numbered blocks of a network whose curvature is measured: `bert.encoder.layer.0`, `bert.encoder.layer.1`, ….
struct NetworkBlocks {
    /// In the order of their numbers.
    let modules: [(path: String, module: any Module)]

    /// The blocks that a config's section names, all of them unless it says how many.
    init(_ section: CompressionConfig.Eigenvalue, in network: any Module) {
        let found = Dictionary(network.namedModules.map { ($0.path, $0.module) }) { first, _ in first }
        let count = section.layerCount > 0 ? section.layerCount : Self.count(below: section.layerName, in: network)
        modules = (0..<count).compactMap { number in
            let path = "\(section.layerName).\(number)"
            return found[path].map { (path, $0) }
        }
    }

    /// The number of the block that the layer at `path` belongs to; nil outside of them.
    func index(of path: String) -> Int? { modules.firstIndex { path.hasPrefix($0.path + ".") } }

    /// How many modules are numbered from 0 on below `name`.
    static func count(below name: String, in network: any Module) -> Int {
        let paths = Set(network.namedModules.map(\.path))
        return (0...).first { !paths.contains("\(name).\($0)") } ?? 0
    }

    /// What stands before numbers in the paths of `network`.
    static func names(in network: any Module) -> [String] {
        network.namedModules.compactMap { path, _ in path.hasSuffix(".0") ? String(path.dropLast(2)) : nil }
    }
}
