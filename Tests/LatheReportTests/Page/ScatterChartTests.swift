import Testing

@testable import LatheReport

@Suite struct ScatterChartTests {
    private func chart(_ points: [ScatterChart.Point]) -> ScatterChart {
        ScatterChart(title: "t", description: "d", points: points, xName: "size", xUnit: .bytes, yUnit: .percent)
    }

    private func point(_ index: Int, x: Double, y: Double, isBest: Bool = false) -> ScatterChart.Point {
        .init(name: "model-\(index)", number: index, x: x, y: y, group: index, isBest: isBest, detail: "model \(index)")
    }

    @Test func fewPointsHaveTheirNames() {
        let chart = chart((0..<16).map { point($0, x: 1000 * Double($0 + 1), y: 0.9 + Double($0 % 4) / 100) })
        #expect(chart.isNamed)
        for index in 0..<16 { #expect(chart.markup.text.contains(">model-\(index)</text>")) }
    }

    @Test func manyPointsHaveNumbers() {
        let chart = chart((0..<50).map { point($0, x: 1000 + Double($0 * 97 % 50) * 100, y: Double($0) / 50) })
        #expect(!chart.isNamed)
        for index in 0..<50 { #expect(chart.markup.text.contains(">\(index)</text>")) }
    }

    @Test func theBestAreJoinedBySteps() {
        let points = [
            point(0, x: 1, y: 0.5, isBest: true), point(1, x: 10, y: 0.9, isBest: true), point(2, x: 10, y: 0.4),
        ]
        #expect(chart(points).markup.text.contains("class=\"frontier\""))
        #expect(!chart([points[2]]).markup.text.contains("class=\"frontier\""))
    }

    @Test func equalPointsAreDrawn() {
        let chart = chart((0..<5).map { point($0, x: 7, y: 1) })
        #expect(chart.isNamed)
    }
}
