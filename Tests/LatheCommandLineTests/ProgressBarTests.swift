import Testing

@testable import LatheCommandLine

struct ProgressBarTests {
    /// A bar whose clock and output the test holds.
    private final class Stage {
        var time = 0.0
        var text = ""

        func bar(_ style: ProgressBar.Style, total: Int = 100) -> ProgressBar {
            ProgressBar(
                "training", total: total, unit: "steps", style: style, write: { self.text += $0 }, now: { self.time })
        }
    }

    @Test func aTerminalLineIsRedrawnWithRateAndTimeLeft() {
        let stage = Stage()
        var bar = stage.bar(.redrawn(width: 100))
        stage.time = 2
        bar.update(to: 25, note: "loss 0.5")
        #expect(
            stage.text == "\rtraining  [======                  ]   25%  25/100 steps  12.50/s  0:06 left  loss 0.5")
        stage.text = ""
        stage.time = 2.05
        bar.update(to: 26)
        #expect(stage.text.isEmpty, "redrawn too often")
        stage.time = 8
        bar.update(to: 100)
        bar.finish()
        #expect(stage.text.hasSuffix("100%  100/100 steps  12.50/s  in 0:08\n") || stage.text.contains("in 0:08"))
        #expect(stage.text.last == "\n")
    }

    @Test func aShorterLineCoversTheLongerOne() {
        let stage = Stage()
        var bar = stage.bar(.redrawn(width: 200))
        stage.time = 2
        bar.update(to: 50, note: "a long note")
        let first = stage.text.count
        stage.text = ""
        stage.time = 4
        bar.update(to: 51)
        #expect(stage.text.count >= first)
    }

    @Test func theBarMakesRoomForFigures() {
        let stage = Stage()
        var bar = stage.bar(.redrawn(width: 76))
        stage.time = 2
        bar.update(to: 25, note: "loss 0.5")
        #expect(stage.text == "\rtraining  [===          ]   25%  25/100 steps  12.50/s  0:06 left  loss 0.5")
        stage.text = ""
        stage.time = 3
        bar = stage.bar(.redrawn(width: 62))
        stage.time = 5
        bar.update(to: 25, note: "loss 0.5")
        #expect(stage.text == "\rtraining   25%  25/100 steps  12.50/s  0:06 left  loss 0.5")
    }

    @Test func linesStayInsideTheTerminalAndCutNoWords() {
        let stage = Stage()
        var bar = stage.bar(.redrawn(width: 30))
        stage.time = 2
        bar.update(to: 50, note: "a long note")
        #expect(stage.text == "\rtraining   50%  50/100 steps")
    }

    @Test func elsewhereThereIsALineEveryFewSeconds() {
        let stage = Stage()
        var bar = stage.bar(.lines)
        for step in 1...100 {
            stage.time = Double(step) * 0.12
            bar.update(to: step)
        }
        bar.finish()
        let lines = stage.text.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines.first?.hasPrefix("training   42%  42/100 steps  8.333/s  0:07 left") == true, "\(lines)")
        #expect(lines.last == "training  100%  100/100 steps  8.333/s  in 0:12")
    }

    @Test func whatWasDoneBeforeDoesNotCountAsSpeed() {
        let stage = Stage()
        var bar = ProgressBar(
            "training", total: 100, unit: "steps", style: .redrawn(width: 100), write: { stage.text += $0 },
            now: { stage.time }, from: 60)
        stage.time = 2
        bar.update(to: 60)
        #expect(!stage.text.contains("/s"))
        stage.time = 4
        bar.update(to: 80)
        #expect(stage.text.contains(" 80%  80/100 steps  5.000/s  0:04 left"), "\(stage.text)")
    }

    @Test func silenceIsSilent() {
        let stage = Stage()
        var bar = stage.bar(.silent)
        stage.time = 60
        bar.update(to: 50)
        bar.finish()
        #expect(stage.text.isEmpty)
    }

    @Test func nothingToDoIsNoTrap() {
        let stage = Stage()
        var bar = stage.bar(.lines, total: 0)
        bar.finish()
        #expect(stage.text == "training    0%  0/1 steps\n")
    }
}
