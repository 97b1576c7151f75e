import LatheTraining
import Testing

@Suite("Times of work that runs in turn")
struct InterleavedTimesTests {
    @Test("The ratio is the median of the rounds' quotients, and not the quotient of medians")
    func ratio() {
        var times = InterleavedTimes(count: 2)
        for (first, second) in [(1.0, 2.0), (10, 30), (2, 8), (4, 20), (8, 48)] { times.add([first, second]) }
        #expect(times.roundCount == 5 && times.median(0) == 4 && times.median(1) == 20)
        let ratio = times.ratio(1, to: 0)
        #expect(ratio.median == 4 && ratio.spread == Spread(low: 3, high: 5))
    }

    @Test(
        "Quartiles lie between neighbours",
        arguments: [([], 0, 0), ([7], 7, 7), ([1, 2, 3, 4], 1.75, 3.25)] as [([Double], Double, Double)])
    func quartiles(values: [Double], low: Double, high: Double) {
        #expect(Spread(values) == Spread(low: low, high: high))
    }

    @Test("Pieces run in turn, after a round that does not count, and as often as asked")
    func turns() {
        var order = "", finished: [Int] = []
        let times = Stopwatch.inTurn([{ order += "a" }, { order += "b" }], rounds: 3...5) { finished.append($0) }
        #expect(order == "abababab" && times.roundCount == 3 && finished == [1, 2, 3])
        #expect(Stopwatch.inTurn([{}], rounds: 1...4, seconds: 60).roundCount == 4)
    }
}
