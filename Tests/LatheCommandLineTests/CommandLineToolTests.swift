import Testing

@testable import LatheCommandLine

struct CommandLineToolTests {
    @Test(arguments: [
        ("--version", "0.1.0"), ("--help", "USAGE: lathe <subcommand>"),
        ("help bench gemm", "lathe bench gemm --shape 128x768x768"),
        ("bench", "SUBCOMMANDS:"), ("bench forward --help", "(values: fp32, bf16, w8a8, w4a8, w2a8, w1a8;"),
        ("demo --help", "lathe demo --quick"),
    ])
    func helpGoesToStandardOutput(command: String, text: String) {
        let transcript = Transcript()
        #expect(transcript.run(command) == 0)
        #expect(transcript.output.contains(text), "got: \(transcript.output)")
        #expect(transcript.errors.isEmpty)
    }

    @Test(arguments: [
        ("nonsense", "nonsense"),
        ("bench gemm --threads 0", "--threads takes a number from 1 to 1024, got 0."),
        ("bench gemm --repeat 0", "--repeat takes a number from 1 to 100000, got 0."),
        ("bench gemm --sparse --arithmetic f32", "--sparse measures int8 only"),
        ("bench gemm --shape 1x2", "1x2"),
        ("bench gemm --shape 1x0x2", "1x0x2"),
        ("bench gemm --shape 99999999999999999999x1x1", "'--shape <MxKxN>'"),
        ("bench gemm --shape 131072x131072x1", "'--shape <MxKxN>'"),
        ("bench forward --weights w3a8", "The value 'w3a8' is invalid for '--weights"),
        ("bench forward --preset gpt9", "'gpt9' is not a preset; choose one of bert-base, gpt2,"),
        ("bench forward --batch 0", "--batch takes a number from 1 to 4096, got 0."),
        ("bench train-step --seq 0", "--seq takes a number from 1 to 1048576, got 0."),
        ("bench layer --heads 5", "--heads has to divide --hidden: 768 does not split into 5 heads."),
        ("bench decode --context 0", "--context takes a number from 1 to 1000000, got 0."),
        ("bench train-step --precision fp8", "Please provide one of 'fp32' and 'bf16'."),
        ("demo --seed -1", "--seed"),
        ("info --jsn", "Did you mean '--json'?"),
    ])
    func unusableArgumentsExitWith2(command: String, reason: String) {
        let transcript = Transcript()
        #expect(transcript.run(command) == 2)
        #expect(transcript.errors.contains(reason), "got: \(transcript.errors)")
        #expect(transcript.output.isEmpty)
    }

    @Test func workThatFailsExitsWith1() {
        let transcript = Transcript()
        struct FullDisk: Error, CustomStringConvertible { let description = "no space left on device" }
        let console = Console(output: { _ in throw FullDisk() }, errors: { _ in })
        #expect(CommandLineTool.run(["info"], console: console) == 1)
        #expect(CommandLineTool.run(["--version"], console: console) == 1)
        #expect(transcript.output.isEmpty)
    }

    @Test func aDirectoryThatCannotBeMadeIsNamed() {
        let transcript = Transcript()
        #expect(transcript.run("demo --quick --out /dev/null/models") == 1)
        #expect(transcript.errors == "Error: /dev/null/models: Not a directory\n")
        #expect(transcript.output.isEmpty)
    }
}
