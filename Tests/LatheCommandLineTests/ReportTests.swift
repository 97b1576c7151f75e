import Testing

@testable import LatheCommandLine
@testable import LatheDemo

struct ReportTests {
    @Test func numbersAreRightAligned() {
        var table = TextTable(["name", "ms"])
        table.add(["a", "1.5"])
        table.add(["longer", "12.25"])
        #expect(
            table.text == """
                name       ms
                -------------
                a         1.5
                longer  12.25
                """)
    }

    private static let demoRows = [
        DemoRow(network: "encoder", form: "fp32", accuracy: 0.98, bytes: 4000, milliseconds: 10),
        DemoRow(network: "encoder", form: "W8A8", accuracy: 0.931, bytes: 1000, milliseconds: 5.5),
        DemoRow(network: "resnet", form: "fp32", accuracy: 0.96, bytes: 8000, milliseconds: 20),
        DemoRow(network: "resnet", form: "half", accuracy: 0.96, bytes: 2000, milliseconds: 16),
    ]

    @Test func demoRowsAreComparedWithTheirNetworksFirst() {
        #expect(
            DemoReport.table(Self.demoRows) == """
                model         accuracy  of fp32    file  smaller  ms / 256  faster
                ------------------------------------------------------------------
                encoder fp32     98.0%   100.0%  4.0 kB    1.00x     10.00   1.00x
                  W8A8           93.1%    95.0%  1.0 kB    4.00x      5.50   1.82x

                resnet fp32      96.0%   100.0%  8.0 kB    1.00x     20.00   1.00x
                  half           96.0%   100.0%  2.0 kB    4.00x     16.00   1.25x
                """)
    }

    @Test func demoRowsHaveStableKeys() {
        let rows = DemoReport.json(Self.demoRows)["rows"]
        #expect(
            rows?.array?.map { $0.object?.map(\.key) }
                == [[String]?](repeating: ["name", "accuracy", "bytes", "ms"], count: 4))
        #expect(rows?[1] == ["name": "encoder W8A8", "accuracy": 0.931, "bytes": 1000, "ms": 5.5])
    }

    @Test func demoSaysWhereItsModelsAre() {
        #expect(DemoReport.whatNext(nil).contains("lathe demo --out"))
        #expect(
            DemoReport.whatNext("models").contains(
                "--model models/encoder --config models/encoder-w1a8/compression.json"))
    }

    @Test(arguments: [(0.95, 19.0), (0.5, 10.0), (0, 1.0), (1, 20.0)])
    func quantilesUseTheNearestRank(share: Double, value: Double) {
        var samples = Samples()
        for number in (1...20).reversed() { samples.add(Double(number)) }
        #expect(samples.quantile(share) == value)
        #expect(samples.minimum == 1)
        #expect(samples.median == 10.5)
    }

    @Test func ofMoreMeasurementsThanAreKeptTheMiddleStaysTheMiddle() {
        var samples = Samples(expecting: 1_000_000)
        for number in 1...(3 * Samples.limit) { samples.add(Double(number)) }
        #expect(samples.minimum == 1 && samples.last == Double(3 * Samples.limit))
        #expect(abs(samples.median - 1.5 * Double(Samples.limit)) <= 4)
        #expect(abs(samples.quantile(1) - 3 * Double(Samples.limit)) <= 4)
    }

    @Test func shapesAreReadAsWritten() {
        #expect(GemmShape(argument: "128x768x3072") == GemmShape(m: 128, k: 768, n: 3072))
        #expect(GemmShape.bert.count == 12)
        #expect(!GemmShape.bert.contains(GemmShape(m: 1, k: 3072, n: 3072)))
        for bad in ["", "x", "1x2x", "1x2x3x4", "-1x2x3", "1x2xthree"] {
            #expect(GemmShape(argument: bad) == nil, "\(bad)")
        }
    }
}
