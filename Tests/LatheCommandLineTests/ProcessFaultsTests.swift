import Foundation
import LatheModels
import LatheTestModels
import Testing

/// The built program beside the tests. Limits of a whole process are tested by themselves, and not beside a thousand
/// other tests:
///
///     LATHE_PROCESS_FAULTS=1 swift test -c release --filter ProcessFaultsTests
private enum Program {
    static let path: String? = {
        let path = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appendingPathComponent(
            "lathe"
        ).path
        guard ProcessInfo.processInfo.environment["LATHE_PROCESS_FAULTS"] != nil else { return nil }
        return FileManager.default.isExecutableFile(atPath: path)
            && FileManager.default.fileExists(atPath: "/proc/self/maps") ? path : nil
    }()
}

@Suite(
    "What the system does to a process",
    .enabled(if: Program.path != nil, "needs LATHE_PROCESS_FAULTS=1, the built program, and /proc"))
struct ProcessFaultsTests {
    private let models: TinyModels

    init() throws {
        models = try TinyModels()
        try models.bert("bert")
        try models.encoder("encoder")
    }

    /// Starts the program under a limit of the shell.
    private func start(_ arguments: String, limit: String = "true") throws -> (process: Process, errors: Pipe) {
        let process = Process(), errors = Pipe()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = [
            "-c",
            "\(limit); exec \(try #require(Program.path)) "
                + arguments.replacingOccurrences(of: "@", with: models.path + "/"),
        ]
        (process.standardError, process.standardOutput, process.standardInput) = (
            errors, FileHandle.nullDevice, FileHandle.nullDevice
        )
        try process.run()
        return (process, errors)
    }

    /// Waits for the end, and expects exit code 1 and one line that is an error.
    private func expectOneLine(_ run: (process: Process, errors: Pipe), _ text: String) throws {
        let errors = String(decoding: try run.errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        run.process.waitUntilExit()
        #expect(
            run.process.terminationReason == .exit && run.process.terminationStatus == 1,
            "\(run.process.terminationStatus): \(errors)")
        #expect(
            errors.split(separator: "\n").count == 1 && errors.hasPrefix("Error: ") && errors.contains(text),
            "\(errors)")
    }

    @Test("A limit of the size of files is an error of the write, and nothing is left of the model")
    func fileLimit() throws {
        try expectOneLine(
            start("quantize --goal int8 --model @bert --out @out", limit: "ulimit -f 8"), "model.safetensors")
        #expect(!models.exists("out"))
        try expectOneLine(start("export --model @bert --out @model.onnx", limit: "ulimit -f 8"), "model.onnx")
        #expect(!models.exists("model.onnx"))
    }

    @Test(
        "A mapped file that becomes shorter is an error of a line, whatever is left of it and whichever thread reads it",
        arguments: [0, 100, 4096, 5_000_000])
    func shorterFile(length: UInt64) throws {
        // The weights of a large model stay in their mapped file, and several threads read them.
        try models.bert("encoder") {
            $0.encoder = EncoderConfiguration(hiddenSize: 512, layerCount: 3, headCount: 8, intermediateSize: 2048)
        }
        // The shell gives the texts, which are read when the model is open, once the file is shorter.
        let input =
            "{ until [[ -e @go ]]; do sleep 0.02; done; for i in {1..200}; do echo the film was very good and so fun; done; } | { echo $BASHPID >@process; "
        let run = try start(
            "embed --model @encoder --texts -; }",
            limit: input.replacingOccurrences(of: "@", with: models.path + "/") + "true")
        func isOpen() -> Bool {
            guard let text = try? models.bytes("process"),
                let process = Int(String(decoding: text, as: UTF8.self).dropLast())
            else { return false }
            return (try? String(contentsOfFile: "/proc/\(process)/maps", encoding: .utf8))?.contains(
                "encoder/model.safetensors") == true
        }
        let deadline = ContinuousClock.now + .seconds(20)
        while run.process.isRunning, !isOpen(), ContinuousClock.now < deadline { Thread.sleep(forTimeInterval: 0.005) }
        #expect(run.process.isRunning && isOpen())
        try FileHandle(forWritingTo: URL(fileURLWithPath: models.path("encoder/model.safetensors"))).truncate(
            atOffset: length)
        try models.file("go", "")
        try expectOneLine(run, "shorter")
    }

    @Test("Memory that the system refuses to arrays is an error of a line")
    func memoryLimit() throws {
        // A text of 64 MB, more of whose copies are made than fit.
        try models.file("long.txt", String(repeating: "a great film ", count: 5_000_000))
        let run = try start("embed --model @encoder --texts @long.txt", limit: "ulimit -v 420000")
        try expectOneLine(run, "memory")
    }

    @Test(
        "So it is with every command that reads weights",
        arguments: [
            "export --model @large --format onnx --out @out.onnx", "quantize --model @large --out @out",
            "convert --model @large --floats bfloat16 --out @out",
            "generate --model @large --prompt in", "plan --model @large --goal int8",
        ])
    func commands(_ command: String) throws {
        try models.gpt2("large") { ($0.hiddenSize, $0.layerCount) = (1024, 4) }
        // The program itself, its code and its stacks fit into the smallest of these limits, and the weights into the
        // largest one.
        for limit in [340_000, 400_000, 460_000] {
            let (process, errors) = try start(command, limit: "export LATHE_THREADS=1; ulimit -v \(limit)")
            let text = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
            process.waitUntilExit()
            #expect(
                process.terminationReason == .exit && process.terminationStatus <= 1,
                "\(limit): \(process.terminationStatus): \(text.suffix(500))")
            if process.terminationStatus == 1 {
                #expect(text.split(separator: "\n").last?.hasPrefix("Error: ") == true, "\(limit): \(text)")
            }
        }
    }
}
