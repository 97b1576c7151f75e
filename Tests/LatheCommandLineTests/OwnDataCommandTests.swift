import Foundation
import LatheFiles
import LatheTestFiles
import LatheTestModels
import Testing

@testable import LatheCommandLine

@Suite("Commands on a user's own data")
struct OwnDataCommandTests {
    private let models: TinyModels

    init() throws {
        models = try TinyModels()
        try models.encoder("bert")
        let rows = (0..<40).map {
            "\($0),\"the film, so \($0 % 2 == 0 ? "good" : "bad")\",\($0 % 2 == 0 ? "keep" : "drop it")"
        }
        try models.file("tickets.csv", "No.,Body,What to do\n" + rows.joined(separator: "\n") + "\n")
    }

    private func run(_ arguments: [String], exit: Int32 = 0) -> Transcript {
        let transcript = Transcript()
        #expect(transcript.run(arguments) == exit, "\(transcript.errors)")
        return transcript
    }

    private func train(_ more: [String] = [], out: String = "out") -> Transcript {
        run(
            [
                "train", "--model", models.path("bert"), "--task", "classification", "--train",
                models.path("tickets.csv"), "--text-column", "Body",
                "--label-column", "What to do", "--out", models.path(out), "--steps", "12", "--batch", "8",
                "--learning-rate", "3e-3",
            ] + more)
    }

    @Test("Training says columns, classes and the majority's share, and ends with n and the standard error")
    func training() throws {
        let transcript = train(["--dev-share", "0.25", "--confusion"])
        #expect(transcript.errors.contains("tickets.csv: text 'Body', label 'What to do'; not used: 'No.'"))
        #expect(transcript.errors.contains("30 examples to learn from, 10 held back by --dev-share 0.25"))
        #expect(transcript.errors.contains("2 classes: drop it 15 (50.0%), keep 15 (50.0%)"))
        #expect(transcript.errors.contains("baseline: always 'drop it' has accuracy 0.5000"))
        #expect(transcript.output.contains("n = 10, standard error of accuracy "))
        #expect(transcript.output.contains("true \\ answered  drop it  keep"))
    }

    @Test("A run without files to measure with says so, and how to get some")
    func noDev() {
        #expect(
            train().errors.contains("note: no --dev: the model is not measured, and the last one is kept, not the best")
        )
    }

    @Test("Evaluation and prediction need no columns where the model's record has them", .tags(.slow), .unlessQuick)
    func recorded() throws {
        _ = train(["--dev-share", "0.25"])
        let evaluation = run([
            "eval", "--model", models.path("out"), "--data", models.path("tickets.csv"), "--json", "--confusion",
        ])
        let json = try evaluation.json()
        #expect(json["examples"]?.integer == 40)
        #expect(json["labels"] == ["drop it", "keep"])
        #expect(json["standard_errors"]?["accuracy"]?.double != nil)
        #expect(json["baseline"]?["value"]?.double == 0.5)
        let held = try run([
            "eval", "--model", models.path("out"), "--data", models.path("tickets.csv"), "--json", "--dev-share",
            "0.25",
        ]).json()
        #expect(held["examples"]?.integer == 10)
        let lines = run(["predict", "--model", models.path("out"), "--texts", models.path("tickets.csv"), "--json"])
            .output.split(separator: "\n")
        #expect(lines.count == 40)
        let first = try StrictJSON.parse(String(lines[0]))
        #expect(first["labels"]?.array?.count == 2)
        _ = run(["quantize", "--model", models.path("out"), "--out", models.path("int8")])
        #expect(
            try run(["eval", "--model", models.path("int8"), "--data", models.path("tickets.csv"), "--json"]).json()[
                "examples"]?.integer == 40)
        let people = run(["predict", "--model", models.path("out"), "--texts", models.path("tickets.csv")])
        #expect(people.output.split(separator: "\n").count == 40)
        #expect(people.output.contains("\tthe film, so good\n"))
    }

    @Test("A model that learned nothing is warned of")
    func baseline() throws {
        let model = try models.bert("untrained", labels: ["drop it", "keep"])
        let rows = (0..<9).map { _ in "the film,keep" } + ["a movie,drop it"]
        try models.file("one-sided.csv", "text,label\n" + rows.joined(separator: "\n") + "\n")
        let transcript = run([
            "eval", "--model", model, "--task", "classification", "--data", models.path("one-sided.csv"),
        ])
        #expect(transcript.output.contains("baseline  0.9000 (accuracy of always 'keep')"))
        #expect(transcript.errors.contains("is no better than 0.9000, which always answering 'keep' has"))
    }

    @Test(
        "Options that do not go with a task, or with each other, are usage errors",
        .tags(.slow), .unlessQuick,
        arguments: [
            (
                ["--task", "sst2", "--text-column", "a"],
                "--text-column is for tasks classification, multilabel, regression; the columns of task sst2 are fixed."
            ),
            (
                ["--task", "classification", "--label-column", "a", "--label-column", "b"],
                "Task classification has one column with labels; give --label-column once."
            ),
            (["--task", "classification", "--label-separator", "|"], "--label-separator is for task multilabel."),
            (["--task", "classification", "--dev", "x", "--dev-share", "0.1"], "give one of them"),
            (
                ["--task", "classification", "--dev-share", "1"],
                "--dev-share takes a share above 0 and below 1, got 1.0."
            ),
            (["--task", "lm", "--dev-share", "0.1"], "--dev-share is for tasks on texts with labels"),
            (
                ["--task", "regression", "--confusion"],
                "--confusion is for tasks with classes, and not for task regression."
            ),
        ])
    func usage(arguments: [String], reason: String) {
        let transcript = run(["train", "--model", "bert", "--train", "t.csv", "--out", "out"] + arguments, exit: 2)
        #expect(transcript.errors.contains(reason), "got: \(transcript.errors)")
    }

    @Test("A multi-label model and one of numbers train, compress, and predict", .tags(.slow), .unlessQuick)
    func otherKinds() throws {
        let tags = (0..<24).map {
            #"{"text":"the \#($0 % 2 == 0 ? "film" : "movie") is \#($0 % 3 == 0 ? "good" : "bad")","tags":[\#($0 % 2 == 0 ? "\"f\"" : "")\#($0 % 6 == 0 ? "," : "")\#($0 % 3 == 0 ? "\"g\"" : "")]}"#
        }
        try models.file("tags.jsonl", tags.joined(separator: "\n") + "\n")
        try models.file(
            "w8.json",
            #"{"compression_training": {"weight_quantization": {"shared_parameters": {"enabled": true, "schedule_offset": 0, "quantize_weight_in_forward": true}, "different_groups": {"wq": {"params": {"start_bits": 8, "target_bits": 8}, "modules": ["intermediate"]}}}}}"#
        )
        let training = ["--steps", "4", "--batch", "8"]
        _ = run(
            [
                "train", "--model", models.path("bert"), "--task", "multilabel", "--train", models.path("tags.jsonl"),
                "--dev", models.path("tags.jsonl"), "--out", models.path("tagger"),
            ] + training)
        _ = run(
            [
                "compress", "--model", models.path("tagger"), "--config", models.path("w8.json"), "--distill",
                "one_stage", "--task", "multilabel", "--train", models.path("tags.jsonl"), "--dev",
                models.path("tags.jsonl"), "--out", models.path("small"),
            ] + training)
        try models.file("lines.txt", "the film is good\n")
        let labels = try StrictJSON.parse(
            run(["predict", "--model", models.path("small"), "--texts", models.path("lines.txt"), "--json"]).output)[
                "labels"]
        #expect(labels?.array?.count == 2)
        let rows = (0..<16).map { "the \($0 % 2 == 0 ? "film" : "movie")\t\($0 % 2 == 0 ? -1 : 3)" }
        try models.file("prices.tsv", "text\tprice\n" + rows.joined(separator: "\n") + "\n")
        let numbers = run(
            [
                "train", "--model", models.path("bert"), "--task", "regression", "--train", models.path("prices.tsv"),
                "--dev", models.path("prices.tsv"), "--out", models.path("numbers"), "--json",
            ] + training)
        #expect(try numbers.json()["metrics"]?["r2"]?.double != nil)
        #expect(
            try StrictJSON.parse(
                run(["predict", "--model", models.path("numbers"), "--texts", models.path("lines.txt"), "--json"])
                    .output)["score"]?.double != nil)
    }
}
