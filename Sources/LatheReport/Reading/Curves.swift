import LatheTraining

/// The curves of a training run, thinned so that a page can hold many.
enum Curves {
    /// Points of a curve at most.
    static let pointLimit = 400

    static func all(_ log: TrainingLog) -> [Report.Curve] {
        let logged: [(String, (TrainingLog.Step) -> Double)] = [
            ("loss", \.loss), ("learning_rate", \.learningRate), ("gradient_norm", \.gradientNorm),
        ]
        let training = logged.map { name, value in
            Report.Curve(
                name: name, isMeasure: false, points: thinned(log.steps.map { .init(step: $0.step, value: value($0)) }))
        }
        var names: [String] = []
        for metric in log.scores.flatMap(\.metrics) where !names.contains(metric.name) { names.append(metric.name) }
        let measures = names.map { name in
            let points = log.scores.flatMap { score in
                score.metrics.filter { $0.name == name }.map { Report.Curve.Point(step: score.step, value: $0.value) }
            }
            return Report.Curve(name: name, isMeasure: true, points: thinned(points))
        }
        return (training + measures).filter { !$0.points.isEmpty }
    }

    /// The points with finite values; where they are many, the means of as many neighbours as leave few enough, at the
    /// last one's step.
    static func thinned(_ points: [Report.Curve.Point]) -> [Report.Curve.Point] {
        let finite = points.filter(\.value.isFinite)
        let size = (finite.count + pointLimit - 1) / pointLimit
        guard size > 1 else { return finite }
        return stride(from: 0, to: finite.count, by: size).map { start in
            let bucket = finite[start..<min(start + size, finite.count)]
            return .init(
                step: bucket[bucket.endIndex - 1].step, value: bucket.reduce(0) { $0 + $1.value / Double(bucket.count) }
            )
        }
    }
}
