import Foundation
import LatheTestModels
import Testing

@testable import LatheCommandLine

struct CompletionTests {
    private func script(_ shell: String) -> String {
        let transcript = Transcript()
        #expect(transcript.run("--generate-completion-script \(shell)") == 0)
        return transcript.output
    }

    @Test(
        "There is a script for each shell, which knows commands, tasks and presets", arguments: ["bash", "zsh", "fish"])
    func scripts(_ shell: String) {
        let script = script(shell)
        for word in ["compress", "config", "half-size", "train-step", "sst2", "cifar10", "resnet56", "one_stage"] {
            #expect(script.contains(word), "\(word)")
        }
    }

    @Test(
        "Each shell reads its script",
        .enabled(if: !CompletionTests.shells.isEmpty, "none of bash, zsh and fish is installed"),
        arguments: CompletionTests.shells)
    func syntax(_ shell: String) throws {
        let models = try TinyModels(),
            file = try models.file("script", script(URL(fileURLWithPath: shell).lastPathComponent))
        #expect(try run(shell, ["-n", file]).status == 0)
    }

    @Test(
        "In bash, names of commands, options and tasks are completed",
        .enabled(if: CompletionTests.shells.contains("/bin/bash"), "no bash"),
        arguments: [
            ("lathe comp", "compress"), ("lathe compress --task ss", "sst2"),
            ("lathe config init --goal ha", "half-size"),
            ("lathe bench tr", "train-step"), ("lathe plan --con", "--config"), ("lathe quantize --sca", "--scales"),
            ("lathe config init --preset resnet5", "resnet50 resnet56 resnet56-nobn"),
        ])
    func bash(_ line: String, _ expected: String) throws {
        let models = try TinyModels(), file = try models.file("script", script("bash"))
        let words = line.split(separator: " "), quoted = words.map { "'\($0)'" }.joined(separator: " ")
        let command = """
            source \(file)
            COMP_WORDS=(\(quoted)); COMP_CWORD=\(words.count - 1); COMP_LINE='\(line)'; COMP_POINT=\(line.count); COMP_TYPE=9; COMP_KEY=9
            _lathe lathe '\(words.last ?? "")' '\(words.dropLast().last ?? "")'
            printf '%s\\n' "${COMPREPLY[@]}" | sort | tr '\\n' ' '
            """
        let result = try run("/bin/bash", ["--norc", "-c", command])
        #expect(result.output.split(separator: " ").joined(separator: " ") == expected, "\(result)")
    }

    @Test func presetsAndDirectoriesAreModels() throws {
        let models = try TinyModels()
        try models.makeDirectory("mine")
        try models.file("mine.txt", "")
        #expect(ModelNames.matching("resnet11") == ["resnet110", "resnet110-nobn"])
        #expect(ModelNames.matching(models.path("mi")) == [models.path("mine/")])
        #expect(ModelNames.matching("/nonexistent/").isEmpty)
    }

    static let shells = ["/bin/bash", "/usr/bin/zsh", "/usr/bin/fish"].filter {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    private func run(_ shell: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process(), pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: shell)
        process.arguments = arguments
        process.standardOutput = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}
