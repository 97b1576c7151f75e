import Foundation
import LatheWorkflows
import Testing

@testable import LatheReport

@Suite struct HistogramChartTests {
    @Test func sharesAddUpWhateverTheIntervals() throws {
        let histogram = Histogram(low: -1, high: 2, counts: [1, 2, 3, 4, 5, 6, 7])
        let shares = try #require(HistogramChart.shares(histogram, over: -2...3, bins: 32))
        #expect(abs(shares.reduce(0, +) - 1) < 1e-12)
    }

    @Test func equalValuesFallIntoOnePart() throws {
        let shares = try #require(
            HistogramChart.shares(Histogram(low: 0, high: 0, counts: [7, 0]), over: -1...1, bins: 4))
        #expect(shares == [0, 0, 1, 0])
    }

    @Test func histogramsThatHoldNothingAreNotDrawn() {
        let empty = [
            Histogram(low: 0, high: 1, counts: []), Histogram(low: .nan, high: 1, counts: [1]),
            Histogram(low: 2, high: 1, counts: [1]),
            Histogram(low: 0, high: 1, counts: [0, -4]),
            Histogram(low: 0, high: .leastNonzeroMagnitude, counts: [1, 1]),
            Histogram(low: -1e300, high: 1e300, counts: [1]),
        ]
        for histogram in empty { #expect(HistogramChart(title: "a", before: histogram, after: nil).markup == nil) }
        #expect(HistogramChart(title: "a", before: nil, after: nil).markup == nil)
    }

    @Test func oneOfTwoIsEnough() {
        let chart = HistogramChart(title: "a", before: nil, after: Histogram(low: 3, high: 3, counts: [5]))
        #expect(chart.markup?.text.contains("class=\"now\"") == true)
    }
}
