import Foundation
import LatheTestModels
import LatheTraining
import Testing

@Suite("Logs of training runs, read again")
struct TrainingLogTests {
    private let models: TinyModels
    private static let lines = [
        #"{"event":"start","task":"t","examples":3,"options":{"epochs":1},"parameters":5,"total_steps":9}"#,
        #"{"event":"step","step":1,"epoch":1,"loss":0.5,"learning_rate":0.1,"gradient_norm":null,"seconds":0.25,"examples_per_second":8}"#,
        #"{"event":"evaluation","step":1,"metrics":{"accuracy":0.5,"f1":null},"best":true,"seconds":0.5}"#,
        #"{"event":"end","step":9,"best_step":1,"metrics":{"accuracy":0.5},"seconds":2}"#,
    ]

    init() throws { models = try TinyModels() }

    private func log(_ text: String) throws -> TrainingLog {
        try TrainingLog(path: models.file("training.jsonl", text))
    }

    @Test("Every kind of line is understood")
    func lines() throws {
        let log = try log(Self.lines.map { $0 + "\n" }.joined())
        #expect(log.task == "t" && log.totalSteps == 9 && log.options == [.init("epochs", 1)])
        #expect(log.steps.map(\.loss) == [0.5] && log.steps[0].gradientNorm.isNaN && log.steps[0].learningRate == 0.1)
        #expect(
            log.scores.map(\.step) == [1] && log.scores[0].metrics[0] == .init("accuracy", 0.5)
                && log.scores[0].metrics[1].value.isNaN)
        #expect(log.end?.steps == 9 && log.end?.bestStep == 1 && log.end?.seconds == 2)
    }

    @Test("A run under way has no end, and a line that was cut short is not there")
    func underWay() throws {
        let log = try log(Self.lines[0] + "\n" + Self.lines[1] + "\n" + Self.lines[2].prefix(30))
        #expect(log.steps.count == 1 && log.scores.isEmpty && log.end == nil)
        #expect(try self.log("").steps.isEmpty)
    }

    @Test("What is wrong is told with the line")
    func problems() throws {
        for (line, reason) in [
            ("{", "not valid JSON"), ("[1]", "no line of a training run's log"), (#"{"event":"paint"}"#, "no line"),
            (#"{"event":"step","step":-1,"seconds":1}"#, "step: expected an integer"),
            (#"{"event":"evaluation","step":1,"best":true,"seconds":1}"#, "metrics: missing"),
        ] {
            let text = Self.lines[0] + "\n" + line + "\n"
            #expect(throws: TrainingLogError.self) { try log(text) }
            do { _ = try log(text) } catch {
                #expect("\(error)".contains("training.jsonl, line 2: \(reason)"), "\(error)")
            }
        }
    }
}
