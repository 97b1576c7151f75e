import Testing

@testable import Lathe
@testable import LatheCommandLine
@testable import LatheTasks

struct ReportTests {
    @Test func numbersAreRightAligned() {
        var table = TextTable(["name", "ms"])
        table.add(["a", "1.5"])
        table.add(["longer", "12.25"])
        #expect(table.text == """
            name       ms
            -------------
            a         1.5
            longer  12.25
            """)
    }

    @Test func demoRowsAreComparedWithTheirNetworksFirst() {
        let rows = [
            DemoRow(name: "encoder fp32", accuracy: 0.98, bytes: 4000, milliseconds: 10, weightBytes: 3000),
            DemoRow(name: "encoder int8", accuracy: 0.975, bytes: 1000, milliseconds: 5, weightBytes: 750),
            DemoRow(name: "resnet fp32", accuracy: 0.99, bytes: 8000, milliseconds: 20, weightBytes: 7000),
        ]
        let lines = DemoReport.table(rows).split(separator: "\n")
        #expect(lines[3].hasPrefix("encoder int8     97.5%  1.0 kB    4.00x    750 B    4.00x"), "\(lines[3])")
        #expect(lines[3].hasSuffix("5.00   2.00x"), "\(lines[3])")
        #expect(lines[4].hasSuffix("20.00   1.00x"), "\(lines[4])")
        #expect(DemoReport.json(rows)["rows"]?[1]?["ms"]?.double == 5)
        #expect(DemoReport.json(rows)["rows"]?[1]?["bytes"]?.integer == 1000)
    }

    @Test(arguments: [(0.95, 19.0), (0.5, 10.0), (0, 1.0), (1, 20.0)])
    func quantilesUseTheNearestRank(share: Double, value: Double) {
        var samples = Samples()
        for number in (1...20).reversed() { samples.add(Double(number)) }
        #expect(samples.quantile(share) == value)
        #expect(samples.minimum == 1)
        #expect(samples.median == 10.5)
    }

    @Test func shapesAreReadAsWritten() {
        #expect(GemmShape(argument: "128x768x3072") == GemmShape(m: 128, k: 768, n: 3072))
        #expect(GemmShape.bert.count == 12)
        #expect(!GemmShape.bert.contains(GemmShape(m: 1, k: 3072, n: 3072)))
        for bad in ["", "x", "1x2x", "1x2x3x4", "-1x2x3", "1x2xthree"] { #expect(GemmShape(argument: bad) == nil, "\(bad)") }
    }
}
