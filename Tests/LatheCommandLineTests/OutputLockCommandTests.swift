import Foundation
import LatheFiles
import LatheTestModels
import Testing

@testable import LatheCommandLine

@Suite("Two commands that write into one place")
struct OutputLockCommandTests {
    private let models: TinyModels

    init() throws { models = try TinyModels() }

    /// Runs a command, in which `@` stands for the directory of this test, on a thread of its own: locks held here do
    /// not count there.
    private func run(_ command: String) -> (code: Int32, errors: String) {
        let transcript = Transcript(), code = Guarded<Int32>(0), end = DispatchSemaphore(value: 0)
        let text = command.replacingOccurrences(of: "@", with: models.path + "/")
        let thread = Thread {
            let result = transcript.run(text)
            code.withLock { $0 = result }
            end.signal()
        }
        thread.stackSize = 8 << 20
        thread.start()
        end.wait()
        return (code.withLock { $0 }, transcript.errors)
    }

    @Test(
        "The second is told so, whatever it is, and leaves what is there as it is",
        arguments: [
            "train --model resnet8 --task digits --steps 1", "train --model resnet8 --task digits --steps 1 --resume",
            "train --model resnet8 --task digits --steps 1 --overwrite",
            "compress --model @model --config @config.json --task digits",
            "quantize --model @model --config @config.json", "demo --quick",
            "convert --model @model",
        ])
    func directories(command: String) throws {
        try models.file("config.json", "{}")
        try models.file("model/config.json", "{}")
        try OutputLock.holding(directory: models.path("out")) {
            try models.file("out/training.jsonl", "{}\n")
            let (code, errors) = run(command + " --out @out")
            #expect(code == 1)
            let message =
                "Error: \(models.path("out")): another run is writing here (process \(getpid())); wait for it, or name another directory\n"
            #expect(errors.hasSuffix(message), "\(errors)")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: models.path("out")) == ["training.jsonl"])
    }

    @Test(
        "The same for commands that write a file",
        arguments: [
            "tokenize --model @model --data @text.txt", "augment --model @model --task sst2 --data @train.tsv",
            "export --model @model --format onnx",
            "search --model @model --task digits --size 0.5x", "sensitivity --model @model --task digits",
        ])
    func files(command: String) throws {
        try models.makeDirectory("model")
        try OutputLock.holding(file: models.path("file")) {
            let (code, errors) = run(command + " --out @file")
            #expect(code == 1)
            #expect(
                errors
                    == "Error: \(models.path("file")): another run is writing this file (process \(getpid())); wait for it, or name another file\n"
            )
        }
    }
}
