import LatheTensor
import LatheTraining
import LatheWorkflows
import Testing

@testable import LatheCommandLine

/// What scripts read: the keys of the object that --json prints.
struct CommandOutputTests {
    @Test func infoTellsWhatWasChosen() throws {
        let transcript = Transcript()
        #expect(transcript.run("info --json") == 0)
        let json = try transcript.json()
        #expect(json["version"]?.string == LatheVersion.current)
        #expect(json["isa"]?.string == Kernels.isa)
        #expect(json["threads"]?.integer == Kernels.threadCount)
        #expect(json["cpu_features"]?.array != nil)
    }

    @Test func infoForPeopleNamesTheKernels() {
        let transcript = Transcript()
        #expect(transcript.run("info") == 0)
        #expect(transcript.output.contains("kernels       \(Kernels.isa)"))
    }

    @Test(
        "With --json an error is an object on stdout with its exit code; stderr keeps the message for people",
        arguments: [
            ("bench forward --preset resnet20 --batch 0 --json", 2, "--batch takes a number from 1 to 4096, got 0."),
            ("info --jso --json", 2, "Unknown option '--jso'. Did you mean '--json'?"),
            ("nonsense --json", 2, "'nonsense' is not a command"),
            ("--json", 2, "Unknown option '--json'"), ("inspect /none/such/model --json", 1, "/none/such/model"),
            ("embed --model /none/such/model --texts x --json", 1, "/none/such/model"),
        ])
    func errors(command: String, code: Int32, message: String) throws {
        let transcript = Transcript()
        #expect(transcript.run(command) == code)
        let json = try transcript.json()
        #expect(json.object?.map(\.key) == ["error"] && json["error"]?.object?.map(\.key) == ["code", "message"])
        #expect(json["error"]?["code"]?.integer == Int(code))
        #expect(json["error"]?["message"]?.string?.contains(message) == true, "\(json)")
        #expect(transcript.errors.contains("Error: ") && transcript.errors.contains(message))
    }

    @Test("Help is text, with --json as well")
    func helpIsText() {
        let transcript = Transcript()
        #expect(transcript.run("info --json --help") == 0)
        #expect(transcript.output.contains("USAGE: lathe info"))
    }

    @Test("MNLI's accuracies are printed as acc/mm-acc, other metrics by their names")
    func metrics() {
        let nli = Evaluation([.init("accuracy", 0.84167), .init("accuracy_mm", 0.84378)], primary: "accuracy")
        #expect(EvaluationText.line(nli) == "acc/mm-acc 0.8417/0.8438")
        #expect(EvaluationText.lines(nli) == "acc/mm-acc  0.8417/0.8438")
        let pairs = Evaluation([.init("accuracy", 0.5), .init("f1", 0.25)], primary: "accuracy")
        #expect(EvaluationText.lines(pairs) == "accuracy  0.5000\nf1        0.2500")
    }

    @Test func gemmMeasuresEveryArithmeticAndMode() throws {
        let transcript = Transcript()
        #expect(transcript.run("bench gemm --shape 3x5x7 --shape 2x64x64 --repeat 1 --json") == 0)
        let json = try transcript.json()
        #expect(json["isa"]?.string == Kernels.isa)
        #expect(json["threads"]?.integer == Kernels.threadCount)
        let rows = try #require(json["rows"]?.array)
        #expect(rows.count == 2 * 12)
        for row in rows {
            for key in ["median_ms", "min_ms", "gflops", "share_of_limit"] {
                #expect((row[key]?.double ?? 0) > 0, "\(key) of \(row)")
            }
            for key in ["m", "k", "n"] { #expect(row[key]?.integer != nil, "\(key) of \(row)") }
            for key in ["packed", "quantizes_input"] { #expect(row[key]?.bool != nil, "\(key) of \(row)") }
            #expect(row["gb_per_s"]?.isNull == true)
        }
        #expect(Set(rows.compactMap { $0["arithmetic"]?.string }) == ["f32", "bf16", "int8", "w4", "w2", "w1"])
        #expect(Set(rows.compactMap { $0["bits"]?.integer }) == [32, 16, 8, 4, 2, 1])
        for key in ["f32_gflops", "bf16_gflops", "int8_gflops", "memory_gb_per_s"] {
            #expect((json["limits"]?[key]?.double ?? 0) > 0, "\(key)")
        }
        #expect(transcript.errors.isEmpty)
    }

    @Test func gemmMeasuresOnlyTheArithmeticAskedFor() throws {
        let transcript = Transcript()
        #expect(transcript.run("bench gemm --shape 2x8x8 --arithmetic int8 --repeat 1 --json") == 0)
        let rows = try #require(try transcript.json()["rows"]?.array)
        #expect(rows.compactMap { $0["quantizes_input"]?.bool } == [false, true])
    }

    @Test(arguments: [
        "bench forward --weights fp32", "bench forward --weights bf16", "bench forward --weights w8a8",
        "bench train-step",
    ])
    func modelsReportTimeAndMemory(command: String) throws {
        let transcript = Transcript()
        #expect(transcript.run(command + " --preset resnet20 --batch 2 --repeat 2 --json") == 0)
        let json = try transcript.json()
        for key in ["median_ms", "p95_ms", "min_ms", "peak_bytes", "peak_rss_bytes"] {
            #expect((json[key]?.double ?? 0) > 0, "\(key)")
        }
        #expect(json["preset"]?.string == "resnet20")
        #expect(json["batch"]?.integer == 2)
        #expect(json["system_allocations"]?.integer != nil)
        let text = Transcript()
        #expect(text.run(command + " --preset resnet20 --batch 2 --repeat 1") == 0)
        #expect(text.output.contains("resnet20, batch 2"))
    }
}
