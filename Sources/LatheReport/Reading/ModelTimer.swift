import LatheTraining
import LatheWorkflows

/// Times all models of a report in turn, each on its batch.
struct ModelTimer {
    /// The fewest and the most rounds.
    static let rounds = 15...301
    /// The seconds after which there are no more than the fewest rounds.
    static let seconds = 3.0
    /// The moment of the times, for `Report.Model.timedIn`.
    static let moment = "report"

    /// The times, a row for each directory that could be opened.
    let times: InterleavedTimes
    /// The row of each model; `nil` for one that could not be opened.
    private(set) var rows: [Int?] = []

    /// - Parameters:
    ///   - models: receive the times, or the reason why there is none; earlier times are removed.
    ///   - places: the directory of each model.
    ///   - didFinish: receives the number of rounds that are done.
    init(_ models: inout [Report.Model], in places: [String], didFinish: (Int) -> Void) {
        var opened: [TimedModel] = [], rowsByPlace: [String: Int] = [:], problems: [String: String] = [:]
        for place in places where rowsByPlace[place] == nil && problems[place] == nil {
            do {
                opened.append(try TimedModel(directory: place))
                rowsByPlace[place] = opened.count - 1
            } catch {
                problems[place] = "\(error)"
            }
        }
        times =
            opened.isEmpty
            ? InterleavedTimes(count: 0)
            : Stopwatch.inTurn(opened.map(\.run), rounds: Self.rounds, seconds: Self.seconds, didFinish: didFinish)
        for (index, place) in places.enumerated() {
            let row = rowsByPlace[place]
            rows.append(row)
            models[index].milliseconds = row.map(times.median)
            models[index].spread = row.map(times.spread)
            models[index].batch = row.map { opened[$0].batch }
            models[index].timedIn = row == nil ? nil : Self.moment
            models[index].timingProblem = problems[place]
        }
    }

    /// Puts the times into the stages of runs too, in place of those that the runs took.
    /// - Parameters:
    ///   - models: the models with their times.
    ///   - stages: the place in `models` of each stage of each run.
    func replaceTimes(in runs: inout [Report.Run], of models: [Report.Model], stages: [String: [Int: Int]]) {
        for run in runs.indices {
            let known = stages[runs[run].name] ?? [:], last = runs[run].record.stages.count - 1
            for stage in runs[run].record.stages.indices {
                let index = known[stage]
                runs[run].record.stages[stage].milliseconds = index.flatMap { models[$0].milliseconds }
                runs[run].record.stages[stage].spread = index.flatMap { models[$0].spread }
                let row = index.flatMap { rows[$0] }, lastRow = known[last].flatMap { rows[$0] }
                let ratio = row.flatMap { row in lastRow.map { times.ratio(row, to: $0) } }
                runs[run].record.stages[stage].timeRatio =
                    stage == last || index.map { models[$0].batch } != known[last].map { models[$0].batch }
                    ? nil : ratio
            }
            runs[run].record.batch = known[last].flatMap { models[$0].batch }
        }
    }
}
