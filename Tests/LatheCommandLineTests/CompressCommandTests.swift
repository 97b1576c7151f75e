import Foundation
import LatheModels
import LatheTestFiles
import LatheTestModels
import Testing

@testable import LatheCommandLine

@Suite("lathe plan, lathe compress and lathe quantize")
struct CompressCommandTests {
    private let models: TinyModels

    init() throws {
        models = try TinyModels.sentiment()
        let weights =
            #""weight_quantization": {"shared_parameters": {"enabled": true, "schedule_offset": 0, "quantize_weight_in_forward": true}, "different_groups": {"wq": {"params": {"start_bits": 8, "target_bits": 8}, "modules": ["intermediate"]}}}"#
        let rows =
            #""row_pruning": {"shared_parameters": {"enabled": true, "schedule_offset": 1, "method": "topk"}, "different_groups": {"rp": {"params": {"dense_ratio": 0.5}, "modules": ["intermediate.dense"], "related_modules": [["layer.\\w+.output.dense"]]}}}"#
        try models.file("w8.json", #"{"compression_training": {\#(weights)}}"#)
        try models.file("rows.json", #"{"train_batch_size": 8, "compression_training": {\#(weights), \#(rows)}}"#)
        try models.file(
            "wrong.json", #"{"compression_training": {\#(rows.replacingOccurrences(of: "output", with: "outptu"))}}"#)
    }

    private func run(_ command: String) -> (code: Int32, transcript: Transcript) {
        let transcript = Transcript()
        return (transcript.run(command.replacingOccurrences(of: "@", with: models.path + "/")), transcript)
    }

    private let data = "--task sst2 --train @train.tsv --dev @dev.tsv --steps 3"

    @Test("A plan has the promised keys, and its sums are those of its layers")
    func plan() throws {
        let (code, transcript) = run("plan --model @bert --config @rows.json --steps 1 --json")
        try #require(code == 0, "\(transcript.errors)")
        let json = try transcript.json(), layers = try #require(json["layers"]?.array)
        #expect(json.object?.map(\.key) == ["layers", "bytes_before", "bytes_after", "warnings"])
        let layer = try #require(layers.first { $0["path"]?.string == "bert.encoder.layer.0.intermediate.dense" })
        #expect(
            layer.object?.map(\.key) == [
                "path", "methods", "parameters_before", "parameters_after", "bytes_before", "bytes_after",
            ])
        #expect(
            layer["methods"]?.array?.compactMap { $0["technique"]?.string } == ["weight_quantization", "row_pruning"])
        #expect(layer["methods"]?[1]?["related"] == ["bert.encoder.layer.0.output.dense"])
        #expect(layer["parameters_before"] == 408)
        #expect(layer["parameters_after"] == 204)
        #expect(layer["bytes_before"] == 1632)
        // 192 codes, a scale, 12 biases.
        #expect(layer["bytes_after"] == .integer(192 + 4 + 48))
        let saved = layers.reduce(0) { $0 + ($1["bytes_before"]?.integer ?? 0) - ($1["bytes_after"]?.integer ?? 0) }
        let (before, after) = (json["bytes_before"]?.integer, json["bytes_after"]?.integer)
        #expect(before.map { $0 - saved } == after)
        let warnings = try #require(json["warnings"]?.array).compactMap(\.string)
        #expect(
            warnings.contains {
                $0.contains("row_pruning.shared_parameters.schedule_offset: 1, but training has 1 steps")
            })
    }

    @Test("A plan as text shows what happens to which layer")
    func planText() {
        let (code, transcript) = run("plan --model @bert --config @rows.json")
        #expect(code == 0)
        for text in [
            "bert.encoder.layer.1.intermediate.dense", "keeps 50% of rows, by trained scores (topk) from step 1",
            "[24, 16] -> [12, 16]", "layers stay as they are",
        ] {
            #expect(transcript.output.contains(text), "\(text) in \(transcript.output)")
        }
        #expect(!transcript.output.contains("self.query"))
        #expect(run("plan --model @bert --config @rows.json --all").transcript.output.contains("self.query"))
    }

    @Test("A student that has fewer layers already is planned as it is, by its teacher")
    func reducedStudent() throws {
        let layers =
            #"{"enabled": true, "keep_number_layer": 1, "module_name_prefix": "bert.encoder.layer", "teacher_layer": [1], "other_module_name": []}"#
        try models.file("layers.json", #"{"compression_training": {"layer_reduction": \#(layers)}}"#)
        try models.bert("small", labels: ["negative", "positive"]) { $0.encoder.layerCount = 1 }
        #expect(run("plan --model @small --config @layers.json").code == 1)
        let (code, transcript) = run("plan --model @small --teacher @bert --config @layers.json --json")
        try #require(code == 0, "\(transcript.errors)")
        let json = try transcript.json()
        #expect(json["bytes_after"] == json["bytes_before"])
        #expect(
            run("plan --model @bert --config @layers.json").transcript.output.contains(
                "the student has 1 layers, the teacher's [1]"))
    }

    @Test("Compressing has the promised keys, and evaluating the saved model gives the same measures")
    func compress() throws {
        let (code, transcript) = run("compress --model @bert --config @rows.json \(data) --out @out --no-pack --json")
        try #require(code == 0, "\(transcript.errors)")
        let json = try transcript.json()
        #expect(
            json.object?.map(\.key) == [
                "out", "metrics", "bytes", "seconds", "before", "parameters", "bytes_needed", "largest_difference",
                "rms_difference", "same_labels", "stages", "batch", "standard_errors", "examples",
                "baseline",
            ])
        #expect(try json["bytes"]?.integer == models.bytes("out/model.safetensors").count)
        #expect(
            json["parameters"]?.integer == (try PretrainedModel(directory: models.path("out")).network.parameterCount))
        #expect(json["largest_difference"]?.double ?? 1 < 1e-5)
        #expect(transcript.errors.contains("step 1: row_pruning in force"))
        #expect(json["stages"]?.array?.compactMap { $0["name"]?.string } == ["before", "student", "cleaned"])
        #expect(json["stages"]?[0]?["bytes"]?.integer == (try models.bytes("bert/model.safetensors").count))
        #expect(json["stages"]?[2]?["bytes"] == json["bytes"] && json["stages"]?[2]?["metrics"] == json["metrics"])
        #expect(json["batch"] == "8 texts of 24 tokens")
        let evaluation = run("eval --model @out --task sst2 --data @dev.tsv --json")
        #expect(try evaluation.transcript.json()["metrics"] == json["metrics"])
        let earlier = run("eval --model @bert --task sst2 --data @dev.tsv --json")
        #expect(try earlier.transcript.json()["metrics"] == json["before"])
    }

    @Test(
        "A summary names the teacher, the best student, the cleaned and the packed model with what they score, take and weigh",
        .tags(.slow), .unlessQuick)
    func stages() throws {
        try models.bert("other", labels: ["negative", "positive"])
        let command = "compress --model @bert --teacher @other --config @w8.json \(data)",
            (code, transcript) = run(command + " --out @out --json")
        try #require(code == 0, "\(transcript.errors)")
        let stages = try #require(try transcript.json()["stages"]?.array)
        #expect(stages.compactMap { $0["name"]?.string } == ["teacher", "before", "student", "cleaned", "packed"])
        for stage in stages { #expect(stage["metrics"]?["accuracy"] != nil && stage["ms"]?.double ?? 0 > 0) }
        let bytes = stages.map { $0["bytes"]?.integer ?? 0 }
        #expect(bytes[3] == 0 && bytes[4] < bytes[0])
        let rows = run(command + " --out @text").transcript.output.split(separator: "\n").map {
            $0.split(separator: " ").first.map(String.init) ?? ""
        }
        try #require(rows.count > 6)
        #expect(Array(rows.prefix(7)) == ["model", rows[1], "teacher", "before", "student", "cleaned", "packed"])
        let own = run("compress --model @bert --distill one_stage --config @w8.json \(data) --out @own --json")
        #expect(
            try own.transcript.json()["stages"]?.array?.compactMap { $0["name"]?.string } == [
                "teacher", "student", "cleaned", "packed",
            ])
    }

    @Test("Quantising with files to measure with says what the model scored before and after")
    func quantizeAndMeasure() throws {
        let (code, transcript) = run(
            "quantize --model @bert --config @w8.json --out @out --task sst2 --dev @dev.tsv --json")
        try #require(code == 0, "\(transcript.errors)")
        let json = try transcript.json()
        #expect(json["stages"]?.array?.compactMap { $0["name"]?.string } == ["before", "packed"])
        let evaluation = run("eval --model @out --task sst2 --data @dev.tsv --json")
        #expect(try evaluation.transcript.json()["metrics"] == json["metrics"])
        #expect(run("quantize --model @bert --config @w8.json --out @no --dev @dev.tsv").code == 2)
        #expect(run("quantize --model @bert --config @w8.json --out @no --task sst2").code == 2)
    }

    @Test("Flags of distillation reach the run")
    func distillation() throws {
        let command =
            "compress --model m --config c --task sst2 --out o --teacher t --kd-class 2 --kd-attention 0 --kd-hidden 3 --kd-labels 0.5 --kd-temperature 4 --kd-stop 0.5"
        let parsed = try #require(
            try LatheCommand.parseAsRoot(command.split(separator: " ").map(String.init)) as? CompressCommand)
        let options = parsed.distillation.options(for: parsed.task)
        #expect(
            [
                options.classWeight, options.attentionWeight, options.hiddenWeight, options.labelWeight,
                options.temperature,
            ] == [2, 0, 3, 0.5, 4])
        #expect(options.stopShare == 0.5)
        let flags = "--distill one_stage --kd-attention 0 --kd-stop 0.5 --scores noise"
        #expect(run("compress --model @bert --config @rows.json \(data) --out @out \(flags)").code == 0)
    }

    @Test(
        "A run is refused where a model stands, replaced with --overwrite, and once finished cleaned again with --resume",
        .tags(.slow), .unlessQuick)
    func occupied() throws {
        let command = "compress --model @bert --config @rows.json \(data) --out @out"
        #expect(run(command).code == 0)
        let first = try models.bytes("out/model.safetensors")
        let (code, transcript) = run(command)
        #expect(code == 1)
        #expect(transcript.errors.contains("out: holds a model; replace it, or name another directory (--overwrite)"))
        #expect(run(command + " --resume").code == 0)
        #expect(try models.bytes("out/model.safetensors") == first)
        #expect(run(command + " --overwrite --seed 7").code == 0)
        #expect(try models.bytes("out/model.safetensors") != first)
    }

    @Test(
        "Quantising has the promised keys, refuses what needs training, and an occupied directory", .tags(.slow),
        .unlessQuick)
    func quantize() throws {
        let (code, transcript) = run("quantize --model @bert --config @w8.json --out @out --json")
        try #require(code == 0, "\(transcript.errors)")
        let json = try transcript.json()
        #expect(
            json.object?.map(\.key) == [
                "out", "metrics", "bytes", "seconds", "bytes_needed", "largest_difference", "rms_difference",
                "same_labels",
            ])
        #expect(json["largest_difference"]?.double ?? 1 < 1e-6)
        let again = run("quantize --model @bert --config @w8.json --out @out")
        #expect(again.code == 1 && again.transcript.errors.contains("--overwrite"))
        #expect(run("quantize --model @bert --config @w8.json --out @out --overwrite").code == 0)
        let trained = run("quantize --model @bert --config @rows.json --out @none")
        #expect(
            trained.code == 1 && trained.transcript.errors.contains("row_pruning: needs training;")
                && trained.transcript.errors.contains("(lathe compress)"))
        #expect(!models.exists("none"))
    }

    @Test("Layers that learn one by one are shown, and their losses are in the JSON", .tags(.slow), .unlessQuick)
    func distilLayers() throws {
        let flags =
            "--lkd --calibration @train.tsv --task sst2 --lkd-steps 3 --lkd-batch 8 --lkd-learning-rate 1e-3 --lkd-inputs quantized --max-length 16 --seed 3"
        let (code, transcript) = run("quantize --model @bert --config @w8.json --out @out \(flags) --json")
        try #require(code == 0, "\(transcript.errors)")
        let json = try transcript.json(), layers = try #require(json["layers"]?.array)
        #expect(
            json.object?.map(\.key) == [
                "out", "metrics", "bytes", "seconds", "bytes_needed", "largest_difference", "rms_difference",
                "same_labels", "layers",
            ])
        #expect(layers.map { $0.object?.map(\.key) } == [["first_loss", "last_loss"], ["first_loss", "last_loss"]])
        #expect(transcript.errors.contains("2 layers, 3 steps each, 3 batches to read"))
        #expect(transcript.errors.contains("layer 1: loss "))
        let random = run(
            "quantize --model @bert --config @w8.json --out @random --lkd --calibration random --lkd-steps 1 --lkd-batch 2 --max-length 8"
        )
        #expect(random.code == 0, "\(random.transcript.errors)")
    }

    @Test("The curvature that bits follow is shown where the config asks for it")
    func curvature() throws {
        let json =
            #"{"train_batch_size": 8, "eigenvalue": {"enabled": true, "verbose": true, "max_iter": 3}, "compression_training": {"weight_quantization": {"shared_parameters": {"enabled": true}, "different_groups": {"wq": {"params": {"start_bits": 8, "target_bits": 6}, "modules": ["intermediate"]}}}}}"#
        try models.file("moq.json", json)
        let (code, transcript) = run("compress --model @bert --config @moq.json \(data) --out @out")
        try #require(code == 0, "\(transcript.errors)")
        #expect(transcript.errors.contains("step 0: curvature of blocks "), "\(transcript.errors)")
        #expect(transcript.errors.contains("1.00"))
    }

    @Test(
        "Work that fails exits with 1, names the file and the key, and makes no directory",
        arguments: [
            ("plan --model @bert --config @none.json", "none.json: cannot open"),
            ("plan --model @bert --config @train.tsv", "train.tsv: not valid JSON"),
            (
                "plan --model @bert --config @wrong.json",
                "wrong.json: compression_training.row_pruning.different_groups.rp.related_modules[0][0]"
            ),
            (
                "compress --model @bert --config @wrong.json --task sst2 --train @train.tsv --out @out",
                "matches no module"
            ),
            (
                "compress --model @bert --config @rows.json --task sst2 --out @out",
                "needs files to learn from (--train)"
            ),
            (
                "compress --model @bert --config @rows.json --task lm --train @train.tsv --out @out",
                "needs a language model"
            ),
            (
                "compress --model @bert --teacher @none --config @rows.json --task sst2 --train @train.tsv --out @out",
                "none"
            ),
            ("quantize --model @bert --config @wrong.json --out @out", "row_pruning: needs training"),
            (
                "quantize --model @bert --config @w8.json --out @out --lkd --calibration @none.txt",
                "none.txt: cannot open"
            ),
            (
                "quantize --model @bert --config @w8.json --out @out --lkd --calibration random --max-length 25",
                "the model takes 2 to 24"
            ),
        ])
    func failures(command: String, reason: String) {
        let (code, transcript) = run(command)
        #expect(code == 1)
        #expect(transcript.errors.contains(reason), "got: \(transcript.errors)")
        #expect(transcript.output.isEmpty)
        #expect(!models.exists("out"))
    }

    @Test(
        "Arguments that make no sense exit with 2",
        .tags(.slow), .unlessQuick,
        arguments: [
            ("plan --model m --steps 3", "--config"), ("plan --model m --config c --steps 0", "--steps takes a number"),
            ("compress --model m --config c --task sst2", "--out"),
            ("compress --model m --config c --task sst2 --out o --resume --overwrite", "give one of them"),
            ("compress --model m --config c --task sst2 --out o --teacher t --distill none", "leave out one of them"),
            ("compress --model m --config c --task sst2 --out o --distill staged", "one_stage"),
            ("compress --model m --config c --task sst2 --out o --scores random", "noise"),
            (
                "compress --model m --config c --task sst2 --out o --kd-class=-1",
                "--kd-class takes a number of at least 0, got -1.0."
            ),
            ("compress --model m --config c --task sst2 --out o --kd-hidden nan", "--kd-hidden takes"),
            (
                "compress --model m --config c --task sst2 --out o --kd-temperature 0",
                "--kd-temperature takes a number above 0, got 0.0."
            ),
            (
                "compress --model m --config c --task sst2 --out o --kd-stop 1.5",
                "--kd-stop takes a share from 0 to 1, got 1.5."
            ),
            ("quantize --model m --config c", "--out"),
            ("quantize --model m --config c --out o --lkd", "give --calibration a file, or random"),
            ("quantize --model m --config c --out o --lkd-steps 3", "--lkd-steps goes with --lkd."),
            ("quantize --model m --config c --out o --lkd --calibration t --lkd-steps 0", "--lkd-steps takes a number"),
            (
                "quantize --model m --config c --out o --lkd --calibration t --lkd-learning-rate 0",
                "--lkd-learning-rate takes a number above 0, got 0.0."
            ),
            ("quantize --model m --config c --out o --lkd --calibration t --lkd-inputs both", "quantized"),
            (
                "quantize --model m --config c --out o --lkd --calibration t --task lm",
                "'lm' is no task with files to calibrate by"
            ),
            ("quantize --model m --config c --out o --lkd --calibration random --task sst2", "--task goes with a file"),
            ("quantize --model m --config c --out o --lkd --calibration t --resume --overwrite", "give one of them"),
        ])
    func usage(command: String, reason: String) {
        let transcript = Transcript()
        #expect(transcript.run(command) == 2)
        #expect(transcript.errors.contains(reason), "got: \(transcript.errors)")
        #expect(transcript.output.isEmpty)
    }
}
