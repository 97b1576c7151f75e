import LatheFiles
import LatheTestFiles
import LatheTestModels
import LatheWorkflows
import Testing

@testable import LatheCommandLine

struct ConfigCommandTests {
    @Test func aConfigGoesToStandardOutputOrToAFile() throws {
        let models = try TinyModels(), printed = Transcript(), written = Transcript(), file = models.path("c.json")
        let model = try models.bert("m")
        let json = Transcript()
        #expect(json.run("config init --goal int8 --model \(model) --json") == 0)
        #expect(try json.json().object?.map(\.key) == ["out", "goal", "config"])
        #expect(printed.run("config init --goal int8 --model \(model) --plain") == 0)
        #expect(try json.json()["config"] == StrictJSON.parse(printed.output))
        #expect(try StrictJSON.parse(printed.output)["compression_training"]?["weight_quantization"] != nil)
        #expect(written.run("config init --goal int8 --model \(model) --out \(file)") == 0)
        #expect(written.output == "\(file): next, lathe plan --model \(model) --config \(file)\n")
        #expect(
            String(decoding: try models.bytes("c.json"), as: UTF8.self).contains(
                "//   lathe quantize --model \(model) --config \(file) --out int8\n"))
        #expect(written.run("config init --goal int4 --model \(model) --out \(file)") == 1)
        #expect(written.errors.contains("\(file): there is such a file; --overwrite replaces it"))
        #expect(written.run("config init --goal int4 --model \(model) --out \(file) --overwrite") == 0)
    }

    @Test func commandsNameTheTaskAndTheFilesThatTheModelWasTrainedOn() throws {
        let models = try TinyModels.sentiment(), transcript = Transcript(),
            files = "--train \(models.path("train.tsv")) --dev \(models.path("dev.tsv"))"
        #expect(
            transcript.run(
                "train --model \(models.path("bert")) --task sst2 \(files) --max-length 16 --steps 1 --out \(models.path("m"))"
            ) == 0)
        #expect(
            transcript.run("config init --goal half-size --model \(models.path("m")) --out \(models.path("c.json"))")
                == 0)
        let text = String(decoding: try models.bytes("c.json"), as: UTF8.self)
        #expect(text.contains("--distill one_stage --task sst2 \(files) --max-length 16 --out half-size\n"), "\(text)")
    }

    @Test(
        "What is written is taken as it is by plan, quantize and compress", .tags(.slow), .unlessQuick,
        arguments: StarterGoal.allCases)
    func commands(_ goal: StarterGoal) throws {
        let models = try TinyModels(), model = try models.bert("m"), file = models.path("c.json"),
            transcript = Transcript()
        #expect(transcript.run("config init --goal \(goal.rawValue) --model \(model) --out \(file)") == 0)
        #expect(transcript.run("plan --model \(model) --config \(file)") == 0)
        if goal.needsTraining {
            let data = try models.reviews("t.tsv", count: 16, seed: 1)
            let files = "--task sst2 --train \(data) --dev \(data) --steps 2 --out \(models.path("out"))"
            #expect(
                transcript.run("compress --model \(model) --config \(file) --distill one_stage \(files)") == 0,
                "\(transcript.errors)")
        } else {
            #expect(
                transcript.run("quantize --model \(model) --config \(file) --out \(models.path("out"))") == 0,
                "\(transcript.errors)")
        }
        #expect(models.exists("out/model.safetensors"))
    }

    @Test func withoutAConfigThePlanIsOneOfGoals() throws {
        let models = try TinyModels(), model = try models.bert("m"), text = Transcript(), json = Transcript()
        #expect(text.run("plan --model \(model)") == 0)
        for goal in StarterGoal.allCases { #expect(text.output.contains("\n" + goal.rawValue)) }
        #expect(text.output.contains("lathe config init --goal int8 --model \(model)"))
        #expect(text.output.contains("\n  lathe quantize --model \(model) --goal int8 --out int8\n"))
        #expect(json.run("plan --model \(model) --json") == 0)
        let goals = try #require(try json.json()["goals"]?.array)
        #expect(goals.map { $0["goal"]?.string } == StarterGoal.allCases.map(\.rawValue))
        #expect(goals.allSatisfy { ($0["bytes"]?.integer ?? 0) > 0 && $0["training"]?.bool != nil })
    }

    @Test func withoutAConfigAModelGetsEightBits() throws {
        let models = try TinyModels(), model = try models.bert("m"), transcript = Transcript()
        #expect(transcript.run("quantize --model \(model) --out \(models.path("small")) --json") == 0)
        #expect(transcript.errors.contains("note: no --goal and no --config: weights and activations get 8 bits"))
        #expect(transcript.run("quantize --model \(models.path("small")) --out \(models.path("smaller"))") == 1)
        #expect(transcript.errors.contains("its weights lie in few bits already"))
    }

    @Test(arguments: [
        ("config init", "--goal"), ("config init --goal int7", "'int8', 'int4', '1bit', 'half-size'"),
        ("config init --goal int8 --model x --preset gpt2", "give one of them"),
        ("plan --model x --steps 3", "--steps goes with --config"),
        ("export --model x --out y", "--format is missing"), ("sensitivity --model x", "--calibration is missing"),
    ])
    func whatIsMissingIsNamed(command: String, reason: String) {
        let transcript = Transcript()
        #expect(transcript.run(command) == 2)
        #expect(transcript.errors.contains(reason), "got: \(transcript.errors)")
    }

    @Test func aModelThatWasTrainedHereTellsItsTaskAndSoDoesWhatComesOfIt() throws {
        let models = try TinyModels(), model = try models.digits("m", hasBatchNorm: true), transcript = Transcript()
        #expect(transcript.run("eval --model \(model)") == 2)
        #expect(transcript.errors.contains("--task is missing, and \(model) does not say what it learned"))
        #expect(
            transcript.errors.contains("\nUsage: lathe eval ") && transcript.errors.contains("See 'lathe eval --help'"))
        try models.file("m/training.jsonl", #"{"event":"start","task":"digits from , compressed by {}"}"# + "\n")
        let evaluation = Transcript(), smaller = models.path("smaller"), ofSmaller = Transcript()
        #expect(evaluation.run("eval --model \(model) --json") == 0)
        #expect(try evaluation.json()["task"]?.string == "digits")
        #expect(transcript.run("quantize --model \(model) --out \(smaller)") == 0)
        #expect(ofSmaller.run("eval --model \(smaller) --json") == 0)
        #expect(try ofSmaller.json()["task"]?.string == "digits")
    }
}
