import Foundation
import Lathe
import Testing

@Suite("Articles of the documentation")
struct ArticlesTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    /// Folders with code that is compiled.
    private static let compiled = ["Examples/custom-module", "Sources/LatheCompression/Methods", "Tests/LatheTests"]

    private static func files(_ folder: String, _ ending: String) throws -> [URL] {
        try FileManager.default.subpathsOfDirectory(atPath: root.appendingPathComponent(folder).path)
            .filter { $0.hasSuffix(ending) && !$0.contains(".build/") }.sorted().map {
                root.appendingPathComponent(folder).appendingPathComponent($0)
            }
    }

    private static func lines(_ file: URL) throws -> [String] {
        try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map {
            $0.trimmingCharacters(in: .whitespaces)
        }.filter { !$0.isEmpty }
    }

    /// Lines of code as one text that says nothing of where code and comments wrap, which is up to the formatter.
    private static func withoutLayout(_ lines: [String]) -> String {
        lines.joined().filter { !$0.isWhitespace && $0 != "/" }
    }

    /// The blocks of Swift in an article, line by line.
    private static func blocks(_ article: [String]) -> [[String]] {
        var blocks: [[String]] = [], isInside = false
        for line in article {
            if line.hasPrefix("```") {
                isInside = line == "```swift"
                if isInside { blocks.append([]) }
            } else if isInside {
                blocks[blocks.count - 1].append(line)
            }
        }
        return blocks
    }

    @Test("All code in them stands in files that are compiled")
    func code() throws {
        let sources = try Self.compiled.flatMap { try Self.files($0, ".swift") }.map {
            Self.withoutLayout(try Self.lines($0))
        }
        var count = 0
        for article in try Self.files("Sources/Lathe/Lathe.docc", ".md") {
            // What names a technique that only the article has cannot be compiled without it.
            for block in Self.blocks(try Self.lines(article))
            where !block.contains(where: { $0.contains("weightClipping") }) {
                let text = Self.withoutLayout(block)
                #expect(
                    sources.contains { $0.contains(text) },
                    "\(article.lastPathComponent): no compiled file has\n\(block.joined(separator: "\n"))")
                count += 1
            }
        }
        #expect(count > 10)
    }

    @Test("The one for users of DeepSpeed names every key that a config may have")
    func keys() throws {
        var config = CompressionConfig()
        config.weightQuantization.eigenvalue.isEnabled = true
        config.sparsePruning.method = .snipMomentum(.init(offsetEnd: 1))
        config.headPruning.headCount = 1
        config.layerReduction.isEnabled = true
        (config.layerReduction.teacherLayers, config.layerReduction.modulePrefix) = ([1], "layer")
        let scope = ModuleScope([.everything], related: [[.everything]])
        config.weightQuantization.groups = [.init("g", .init(startBits: 8, targetBits: 8), scope)]
        config.activationQuantization.groups = [.init("g", .init(8), scope)]
        config.sparsePruning.groups = [.init("g", .init(0.5), scope)]
        let article = try String(
            contentsOf: Self.root.appendingPathComponent("Sources/Lathe/Lathe.docc/ComingFromDeepSpeed.md"),
            encoding: .utf8)
        let keys = Self.keys(config.json).subtracting(["g"])
        #expect(keys.count > 40)
        for key in keys { #expect(article.contains(key), "\(key) is missing") }
    }

    private static func keys(_ value: JSONValue) -> Set<String> {
        (value.object ?? []).reduce(into: []) { keys, member in
            keys.formUnion(Self.keys(member.value).union([member.key]))
        }
    }
}
