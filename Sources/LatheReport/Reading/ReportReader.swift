import Foundation
import LatheFiles
import LatheTraining
import LatheWorkflows

/// Reads what runs have left in their directories into a report.
///
/// ```swift
/// var reader = ReportReader(["models"])
/// reader.sensitivities = ["table.json"]
/// let report = try reader.read()
/// ```
public struct ReportReader: Sendable {
    /// Directories of runs, or with runs below.
    public var directories: [String]
    /// Files that `lathe sensitivity --out` has written.
    public var sensitivities: [String] = []
    /// The title; `nil` for the name of the run, or of the directory that holds all runs.
    public var title: String?
    /// Whether all models are opened and timed in turn. Otherwise their times are those of the runs, and comparable
    /// within a run only.
    public var measures = false

    public init(_ directories: [String]) { self.directories = directories }

    /// The fewest rounds in which models are timed.
    public static var fewestRounds: Int { ModelTimer.rounds.lowerBound }

    /// Reads. Runs of one directory come in the order in which they were complete.
    /// - Parameter didMeasure: receives the number of rounds in which all models have been timed.
    /// - Throws: `ReportError` if there is no run, and what is wrong with the files of one.
    public func read(didMeasure: (Int) -> Void = { _ in }) throws -> Report {
        let found = try directories.flatMap { try RunDirectory.all(in: $0) }
        var seen: Set<String> = []
        let runs = found.filter { seen.insert(ResolvedPath.of($0.path)).inserted }
        let named = zip(RunNames.unique(runs.map(\.path)), runs).map { name, run in
            Report.Run(name: name, directory: run.path, record: run.record, curves: run.log.map(Curves.all) ?? [])
        }
        let measured = MeasuredModels(named, includesUnscored: measures)
        var report = Report(
            title: title ?? usualTitle(named),
            date: Date(timeIntervalSince1970: Date.now.timeIntervalSince1970.rounded(.down)),
            version: LatheVersion.current, runs: named, models: measured.models,
            sensitivities: try sensitivities.map(Self.sensitivity))
        if measures {
            let timer = ModelTimer(&report.models, in: measured.places, didFinish: didMeasure)
            timer.replaceTimes(in: &report.runs, of: report.models, stages: measured.stages)
            SpeedUps.add(to: &report, timer.times, rows: timer.rows)
            report.measurement = .init(environment: .current, rounds: timer.times.roundCount)
        } else {
            SpeedUps.add(to: &report, measured.pairs)
        }
        Frontier.mark(&report.models)
        return report
    }

    private func usualTitle(_ runs: [Report.Run]) -> String {
        if runs.count == 1 { return runs[0].name }
        return RunNames.unique(directories).joined(separator: ", ") + ": \(runs.count) runs"
    }

    private static func sensitivity(_ path: String) throws -> Report.Sensitivity {
        let table = try SensitivityTable(path: path), choice = table.rankingChoice
        let units = table.ranked.compactMap { unit in
            unit.trials.first { $0.choice == choice }.map { trial in
                Report.Sensitivity.Unit(
                    name: unit.name, divergence: trial.damage.divergence, changed: trial.damage.changed,
                    bytesSaved: unit.byteCount - trial.byteCount)
            }
        }
        return .init(file: path, calibration: table.calibration, choice: choice?.name ?? "", units: units)
    }
}

/// Why there is nothing to report.
public enum ReportError: DescribedError, Equatable, Sendable {
    /// A directory that is not there, or a file.
    case noDirectory(String)
    /// A directory without runs.
    case noRuns(directory: String)
    /// A directory that cannot be read.
    case unreadable(directory: String, reason: String)

    public var description: String {
        switch self {
        case .noDirectory(let path):
            "\(path): no such directory; name one that holds runs"
        case .noRuns(let directory):
            "\(directory): holds no run, nor do \(RunDirectory.levels) levels of directories below (no \(RunRecord.fileName), no \(TrainingLog.fileName)); "
                + "name a directory that a run has written"
        case .unreadable(let directory, let reason): "\(directory): cannot be read: \(reason)"
        }
    }
}
