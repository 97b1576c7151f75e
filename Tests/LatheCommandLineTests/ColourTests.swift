import Foundation
import Testing

@testable import LatheCommandLine

struct ColourTests {
    private let escape = "\u{1B}["

    @Test func errorsAreRedAndNotesYellowOnATerminal() {
        let transcript = Transcript(coloured: [.output, .errors])
        #expect(transcript.run("nonsense") == 2)
        #expect(transcript.errors.hasPrefix("\u{1B}[1;31mError:\u{1B}[0m 'nonsense' is not a command"))
        #expect(
            LineLabel.coloured("a\nnote: b\nWarning: c")
                == "a\n\u{1B}[33mnote:\u{1B}[0m b\n\u{1B}[33mWarning:\u{1B}[0m c")
    }

    @Test func tablesHaveBoldTitlesOnATerminal() {
        let transcript = Transcript(coloured: .output)
        #expect(transcript.run("bench forward --preset resnet20 --repeat 1") == 0)
        #expect(transcript.output.hasPrefix("\u{1B}[1mresnet20, batch 1, fp32\u{1B}[0m\n\u{1B}[2m---"))
        #expect(transcript.errors.contains("measuring") && !transcript.errors.contains(escape))
    }

    @Test func whatScriptsReadHasNone() {
        let json = Transcript(coloured: [.output, .errors]), pipe = Transcript(coloured: .errors)
        #expect(json.run("bench forward --preset resnet20 --repeat 1 --json") == 0)
        #expect(json.run("nonsense --json") == 2)
        #expect(!json.output.contains(escape) && !json.errors.contains(escape))
        #expect(pipe.run("bench forward --preset resnet20 --repeat 1") == 0)
        #expect(!pipe.output.contains(escape))
    }

    @Test("Only terminals have colours, and none where NO_COLOR is set or the terminal is a dumb one")
    func choice() {
        func streams(_ environment: [String: String], _ terminals: Int32...) -> Console.Streams {
            Terminal.coloured(environment) { terminals.contains($0) }
        }
        #expect(streams([:], STDOUT_FILENO, STDERR_FILENO) == [.output, .errors])
        #expect(streams(["NO_COLOR": ""], STDERR_FILENO) == .errors)
        #expect(streams([:]) == [])
        #expect(streams(["NO_COLOR": "1"], STDOUT_FILENO, STDERR_FILENO) == [])
        #expect(streams(["TERM": "dumb"], STDOUT_FILENO, STDERR_FILENO) == [])
    }

    @Test func longNamesAreCutWhereATerminalIsNarrow() {
        var table = TextTable(["layer", "what", "bytes"], leftColumns: 2)
        table.add(["bert.encoder.layer.11.attention.self.query", "weights of 8 bits", "12345"])
        func text(_ width: Int?) -> [String] {
            let console = Console(outputWidth: width, output: { _ in }, errors: { _ in })
            return Console.$current.withValue(console) { table.text }.split(separator: "\n").map(String.init)
        }
        #expect(text(nil)[2] == "bert.encoder.layer.11.attention.self.query  weights of 8 bits  12345")
        #expect(text(50)[2] == "…11.attention.self.query  weights of 8 bits  12345")
        #expect(text(50).allSatisfy { $0.count <= 50 })
        #expect(text(20) == ["…ttention.self.query", "  what: weights of 8 bits", "  bytes: 12345"])
    }
}
