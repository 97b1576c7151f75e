import Foundation
import LatheReport
import LatheTraining
import LatheWorkflows

/// Reports for tests of the page.
enum SampleReport {
    /// A network, and what came of it.
    static let plain: Report = {
        let parent = Report.Run(
            name: "encoder", directory: "models/encoder", record: record(.train, model: "vit", layers: 3),
            curves: curves(600))
        let child = Report.Run(
            name: "encoder-w1a8", directory: "models/encoder-w1a8",
            record: record(.compress, model: "./models/encoder", layers: 3), curves: curves(20))
        var models = [
            Report.Model(
                name: "encoder", run: "encoder", stage: "trained", measure: "accuracy", score: 0.983, parameters: 9,
                bytes: 1_000_000, milliseconds: 16,
                batch: "256 images", isBestForSize: true, isBestForTime: true),
            Report.Model(
                name: "encoder-w1a8", run: "encoder-w1a8", stage: "packed", measure: "accuracy", score: 0.972,
                parameters: 9, bytes: 41_000, milliseconds: 8,
                batch: "256 images", isBestForSize: true, isBestForTime: true),
        ]
        for index in models.indices {
            (models[index].scoredOn, models[index].group) = (data("dev.tsv"), "sst2: accuracy on dev.tsv")
            (models[index].timedIn, models[index].examples) = ("encoder-w1a8", 872)
            models[index].spread = Spread(low: 7.5, high: 17)
        }
        models[1].speedUp = .init(than: "encoder", ratio: 2, spread: Spread(low: 1.9, high: 2.25))
        return Report(
            title: "Digits", date: Date(timeIntervalSince1970: 1_795_603_600), version: "1", runs: [parent, child],
            models: models, sensitivities: [])
    }()

    /// Data in one file.
    static func data(_ file: String) -> ScoredData {
        ScoredData(files: [.init(path: "glue/" + file, digest: "digest of " + file)])
    }

    /// Text that would break out of its place, and numbers that are none.
    static let hostile: Report = {
        let text = "a\u{202E}<script>alert(1)</script>&\"'\u{0}\u{1B}[31m\u{FFFE}]]>--></style></pre></title>"
        var run = record(.compress, model: text, layers: 0)
        run.environment = RunEnvironment(
            version: text, system: text, isa: text, cpuFeatures: [text], threads: .min, processor: text,
            command: [text, ""])
        run.scoredOn = ScoredData(files: [.init(path: text, digest: text)], note: text)
        (run.date, run.seconds, run.largestDifference) = (Date(timeIntervalSince1970: .infinity), .nan, .nan)
        (run.task, run.teacher, run.config, run.batch, run.notes) = (
            text, text, text, text, [text, String(repeating: "x", count: 3000)]
        )
        run.options = [.init(text, text)]
        run.stages = [
            .init(
                name: text, evaluation: Evaluation([.init(text, .nan)], primary: text), parameters: -4, bytes: -1,
                milliseconds: -.infinity)
        ]
        run.moments = [.init(step: .min, names: [text]), .init(step: .max, names: [])]
        var layer = LayerRecord(
            path: text, kind: text, shapeAfter: [], bytesAfter: .max, bits: .nan, sparsity: .infinity)
        (layer.shapeBefore, layer.bytesBefore, layer.weightError, layer.inputBits) = ([.min], .max, -.infinity, .min)
        layer.weightsBefore = Histogram(low: .nan, high: 1, counts: [1])
        layer.weightsAfter = Histogram(low: 1, high: 1, counts: [.max, .max, -1])
        layer.inputsBefore = Histogram(low: -1e300, high: 1e300, counts: [1])
        run.layers = [layer, layer]
        let curves = [
            Report.Curve(name: text, isMeasure: true, points: [.init(step: 1, value: .nan)]),
            .init(name: text, isMeasure: false, points: []),
            .init(
                name: "loss", isMeasure: false,
                points: [.init(step: .max, value: 1), .init(step: .min, value: .infinity), .init(step: 0, value: 1)]),
            .init(name: "loss", isMeasure: false, points: [.init(step: 3, value: 1e300), .init(step: 3, value: -0.0)]),
        ]
        let numbers: [(Double, Int, Double)] = [
            (.nan, -1, .nan), (1, 0, 0), (1e300, .max, 1e300), (-1, 1, .leastNonzeroMagnitude), (2, .max, 1e29),
        ]
        let models = numbers.map { score, bytes, time in
            var model = Report.Model(
                name: text, run: text, stage: text, measure: text, score: score, parameters: .min, bytes: bytes,
                milliseconds: time, batch: text,
                isBestForSize: true, isBestForTime: true)
            (model.group, model.timedIn, model.timingProblem, model.directory) = (text, text, text, text)
            (model.standardError, model.examples, model.spread) = (time, .min, Spread(low: .nan, high: -.infinity))
            model.speedUp = .init(than: text, ratio: time, spread: Spread(low: .nan, high: .infinity))
            model.scoredOn = ScoredData(files: [.init(path: text, digest: text)], note: text)
            return model
        }
        let units = [Report.Sensitivity.Unit(name: text, divergence: .nan, changed: .infinity, bytesSaved: .min)]
        let sensitivities = [units, []].map {
            Report.Sensitivity(file: text, calibration: text, choice: text, units: $0)
        }
        return Report(
            title: text, date: Date(timeIntervalSince1970: .nan), version: text,
            runs: [.init(name: text, directory: text, record: run, curves: curves)],
            models: models, sensitivities: sensitivities)
    }()

    static let large: Report = {
        var report = plain
        report.runs = (0..<50).map {
            .init(
                name: "run-\($0)", directory: "run-\($0)", record: record(.quantize, model: "m", layers: 200),
                curves: curves(500))
        }
        report.models = (0..<50).map { index in
            let share = Double(index * 37 % 50) / 50
            var model = Report.Model(
                name: "run-\(index)", run: "run-\(index)", stage: "packed", measure: "accuracy", score: 0.5 + share / 2,
                bytes: 1000 + 700 * index,
                milliseconds: 1 + share, batch: "1 image")
            (model.scoredOn, model.timedIn) = (data("dev.tsv"), "report")
            return model
        }
        return report
    }()

    private static func record(_ kind: RunRecord.Kind, model: String, layers: Int) -> RunRecord {
        let environment = RunEnvironment(
            version: "1", system: "Linux", isa: "avx512", cpuFeatures: ["avx2"], threads: 2,
            command: ["lathe", "compress"])
        var record = RunRecord(
            kind: kind, date: Date(timeIntervalSince1970: 1_795_600_000), seconds: 65, environment: environment,
            model: model)
        record.stages = [
            .init(
                name: "packed", evaluation: Evaluation([.init("accuracy", 0.9)], primary: "accuracy"), parameters: 9,
                bytes: 10, milliseconds: 2)
        ]
        record.moments = [
            .init(step: 0, names: ["activation_quantization"]), .init(step: 9, names: ["weight_quantization"]),
        ]
        record.layers = (0..<layers).map { index in
            var layer = LayerRecord(
                path: "encoder.layer\(index)", kind: "Linear", shapeAfter: [8, 8], bytesAfter: 8, bits: 1, sparsity: 0.5
            )
            (layer.shapeBefore, layer.bytesBefore, layer.inputBits, layer.weightError) = ([16, 8], 512, 8, 0.5)
            layer.weightsBefore = Histogram(low: -1, high: 1, counts: (0..<64).map { 64 - abs($0 - 32) })
            layer.weightsAfter = Histogram(low: -0.5, high: 0.5, counts: [50] + [Int](repeating: 0, count: 62) + [50])
            return layer
        }
        return record
    }

    private static func curves(_ count: Int) -> [Report.Curve] {
        let loss = (1...count).map { Report.Curve.Point(step: $0, value: 1 / Double($0) + Double($0 % 7) / 50) }
        let scores = (1...5).map { Report.Curve.Point(step: $0 * count / 5, value: 0.9 + Double($0) / 100) }
        return [
            .init(name: "loss", isMeasure: false, points: loss),
            .init(name: "accuracy", isMeasure: true, points: scores),
        ]
    }
}
