import Foundation
import LatheWorkflows

/// What one or several runs came to: accuracy beside size and time, curves, layers, and where it was done.
/// `lathe report` shows it as a page and as JSON.
public struct Report: Codable, Sendable, Equatable {
    public var title: String
    /// When the report was made.
    public var date: Date
    /// Lathe's version.
    public var version: String
    /// In the order in which they are shown.
    public var runs: [Run]
    /// Every model that was measured, each once, in the order of the runs.
    public var models: [Model]
    /// What `lathe sensitivity` found, where it is given.
    public var sensitivities: [Sensitivity]
    /// How all models were timed for this report; `nil` if their times are those of the runs.
    public var measurement: Measurement?

    public init(
        title: String, date: Date, version: String, runs: [Run], models: [Model], sensitivities: [Sensitivity],
        measurement: Measurement? = nil
    ) {
        (self.title, self.date, self.version, self.runs, self.models) = (title, date, version, runs, models)
        (self.sensitivities, self.measurement) = (sensitivities, measurement)
    }

    /// A directory with a run.
    public struct Run: Codable, Sendable, Equatable {
        /// What the report calls it, different for each: the directory's name, with as much of what is above it as
        /// tells it from others.
        public var name: String
        public var directory: String
        public var record: RunRecord
        /// What was logged while it trained; empty without training.
        public var curves: [Curve]

        public init(name: String, directory: String, record: RunRecord, curves: [Curve]) {
            (self.name, self.directory, self.record, self.curves) = (name, directory, record, curves)
        }
    }

    /// A value that was logged from time to time.
    public struct Curve: Codable, Sendable, Equatable {
        /// `loss`, `learning_rate`, `gradient_norm`, or the name of a measure.
        public var name: String
        /// Whether it was measured on examples that are not trained on.
        public var isMeasure: Bool
        public var points: [Point]

        public init(name: String, isMeasure: Bool, points: [Point]) {
            (self.name, self.isMeasure, self.points) = (name, isMeasure, points)
        }

        /// A value at a step of the run.
        public struct Point: Codable, Sendable, Equatable {
            public var step: Int
            public var value: Double

            public init(step: Int, value: Double) { (self.step, self.value) = (step, value) }
        }
    }

    /// How models were timed for the report, in turn.
    public struct Measurement: Codable, Sendable, Equatable {
        /// The machine.
        public var environment: RunEnvironment
        /// The rounds, in each of which every model ran once.
        public var rounds: Int

        public init(environment: RunEnvironment, rounds: Int) {
            (self.environment, self.rounds) = (environment, rounds)
        }
    }

    /// A ranking of layers by what compressing each alone does to the outputs.
    public struct Sensitivity: Codable, Sendable, Equatable {
        /// The file that it was read from.
        public var file: String
        /// What the network read.
        public var calibration: String
        /// What was tried: `4 bits`.
        public var choice: String
        /// The most sensitive first.
        public var units: [Unit]

        public init(file: String, calibration: String, choice: String, units: [Unit]) {
            (self.file, self.calibration, self.choice, self.units) = (file, calibration, choice, units)
        }

        /// A part of the model that was changed by itself, and what became of its outputs.
        public struct Unit: Codable, Sendable, Equatable {
            public var name: String
            /// The mean Kullback-Leibler divergence of the outputs, or the share of their energy that changed, as
            /// `lathe sensitivity` defines it.
            public var divergence: Double
            /// The share of outputs that answer otherwise, 0…1; nil where there are no answers.
            public var changed: Double?
            public var bytesSaved: Int

            public init(name: String, divergence: Double, changed: Double?, bytesSaved: Int) {
                (self.name, self.divergence, self.changed, self.bytesSaved) = (name, divergence, changed, bytesSaved)
            }
        }
    }
}
