import Testing

@testable import LatheReport

@Suite struct CurveShapeTests {
    private func points(_ values: [Double]) -> [Report.Curve.Point] {
        values.enumerated().map { .init(step: $0 + 1, value: $1) }
    }

    @Test func shortCurvesStayAsTheyAre() {
        let shape = CurveShape(points([3, 2, 1]))
        #expect(shape.raw == points([3, 2, 1]))
        #expect(shape.smooth.isEmpty)
    }

    @Test func longCurvesKeepTheirPeaks() {
        var values = [Double](repeating: 1, count: 100_000)
        (values[31_234], values[77_777]) = (9, -9)
        let shape = CurveShape(points(values))
        #expect(shape.raw.count <= 300)
        #expect(shape.raw.contains { $0.value == 9 && $0.step == 31_235 })
        #expect(shape.raw.contains { $0.value == -9 })
    }

    @Test func meansOfALineLieOnIt() {
        let shape = CurveShape(points((0..<1000).map { Double($0) }))
        #expect(shape.smooth.allSatisfy { abs($0.value - Double($0.step - 1)) < 1e-6 })
    }

    @Test func whatCannotBeDrawnIsLeftOut() {
        #expect(CurveShape(points([.nan, 1, .infinity, 2])).raw.map(\.value) == [1, 2])
        #expect(CurveShape([]).raw.isEmpty)
    }

    @Test func stepsInDisorderAreSorted() {
        #expect(CurveShape([.init(step: 5, value: 1), .init(step: 2, value: 3)]).raw.map(\.step) == [2, 5])
    }

    @Test func namesOfMarksDoNotCrossOtherMarks() {
        let names = [
            ("layer reduction", 40.0), ("weight quantisation", 60), ("sparse pruning", 75), ("head pruning", 300),
        ]
        let flags = LineChart.lanes(names, from: 30, to: 340)
        #expect(flags.map { $0?.lane } == [0, 1, 2, 0])
        #expect(flags.map { $0?.isLeft } == [false, false, false, true])
    }
}
