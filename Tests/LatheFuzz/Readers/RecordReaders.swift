import LatheFiles
import LatheReport
import LatheTraining
import LatheWorkflows

private let record = #"""
    {"config":"{}","date":"2026-11-25T10:00:00Z","environment":{"command":["lathe"],"cpu_features":["avx2"],"isa":"avx2","system":"Linux","threads":2,
    "version":"0.1.0"},"kind":"compress","largest_difference":1e-6,"layer_inputs":"16 training examples","layers":[{"bits":1.6,"bytes_after":12,"bytes_before":72,
    "input_bits":8,"inputs_after":{"counts":[1,0,2],"high":1,"low":-1},"kind":"Linear","path":"a.b","shape_after":[2,3],"shape_before":[2,3],"sparsity":0.5,
    "weight_error":0.1,"weights_after":{"counts":[6],"high":0,"low":0}}],"model":"m","moments":[{"names":["weight_quantization"],"step":0}],"notes":["n"],
    "options":[{"name":"epochs","value":"1"}],"seconds":2.5,"stages":[{"bytes":100,"evaluation":{"is_higher_better":true,
    "metrics":[{"name":"accuracy","value":"nan"}],"primary_name":"accuracy"},"milliseconds":1.5,"name":"teacher","parameters":20},{"bytes":10,
    "evaluation":{"is_higher_better":true,"metrics":[{"name":"accuracy","value":0.5}],"primary_name":"accuracy"},"name":"packed"}],"task":"sst2","teacher":"t"}
    """#

private let log = #"""
    {"event":"start","task":"t","examples":3,"options":{"epochs":1},"parameters":5,"total_steps":2}
    {"event":"step","step":1,"epoch":1,"loss":0.5,"learning_rate":0.1,"gradient_norm":null,"seconds":0.25,"examples_per_second":8}
    {"event":"evaluation","step":2,"metrics":{"accuracy":0.5},"best":true,"seconds":0.5}
    {"event":"end","step":2,"best_step":2,"metrics":{"accuracy":0.5},"seconds":2}

    """#

/// Readers of what runs leave in their directories.
func recordReaders() -> [FuzzReader] {
    let names = [
        "layers", "counts", "stages", "metrics", "event", "-1", "1e300", "9223372036854775807", "\"inf\"", "\"nan\"",
        "null", "\\u0000",
    ]
    let tokens = jsonTokens + names.map { Array($0.utf8) }
    return [
        FuzzReader("record", seeds: [[FuzzFile("lathe.json", record)]], tokens: tokens) { input in
            let record = try RunRecord(MappedFile(bytes: input[0].bytes, name: "lathe.json"))
            let run = Report.Run(name: "run", directory: "run", record: record, curves: [])
            let report = Report(
                title: "run", date: record.date, version: record.environment.version, runs: [run], models: [],
                sensitivities: [])
            _ = try report.json()
            try BrokenPromise.check(ReportPage(report).html.hasSuffix("</html>\n"), "a page without end")
        },
        FuzzReader("training-log", seeds: [[FuzzFile("training.jsonl", log)]], tokens: tokens) { input in
            let log = try TrainingLog(MappedFile(bytes: input[0].bytes, name: "training.jsonl"))
            try BrokenPromise.check(
                log.steps.allSatisfy { $0.step >= 0 } && log.scores.allSatisfy { $0.step >= 0 }, "a step below 0")
        },
    ]
}
