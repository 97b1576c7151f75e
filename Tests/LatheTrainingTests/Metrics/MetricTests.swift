import LatheTraining
import Testing

/// Expected numbers are from scikit-learn 1.9.1 (`accuracy_score`, `f1_score`, `matthews_corrcoef`) and SciPy 1.17.1
/// (`pearsonr`, `spearmanr`) on the same lists.
@Suite("Metrics against scikit-learn and SciPy")
struct MetricTests {
    /// Rounding in another order may cost the last few bits.
    static let tolerance = 1e-14

    static func isClose(_ left: Double, _ right: Double) -> Bool { abs(left - right) <= tolerance }

    /// The 1,000 pairs of the larger case: `s = (1103515245 s + 12345) mod 2^31` from 1 gives a and b as
    /// `(s >> 16) % 50` in turn; then `x = a / 10`, `y = (a + b) / 20`.
    static let pairs: (x: [Float], y: [Float]) = {
        var state = 1
        func draw() -> Int {
            state = (state * 1_103_515_245 + 12_345) % (1 << 31)
            return (state >> 16) % 50
        }
        var x: [Float] = []
        var y: [Float] = []
        for _ in 0..<1_000 {
            let (a, b) = (draw(), draw())
            x.append(Float(Double(a) / 10))
            y.append(Float(Double(a + b) / 20))
        }
        return (x, y)
    }()

    @Test("Two classes")
    func binary() {
        let predictions: [Int32] = [1, 0, 1, 1, 0, 1, 0, 0, 1, 1, 1, 0]
        let labels: [Int32] = [1, 0, 0, 1, 1, 1, 0, 1, 1, 0, 1, 0]
        #expect(Self.isClose(ClassificationMetrics.accuracy(predictions, labels), 0.6666666666666666))
        #expect(Self.isClose(ClassificationMetrics.f1(predictions, labels), 0.7142857142857143))
        #expect(Self.isClose(ClassificationMetrics.matthewsCorrelation(predictions, labels), 0.3142857142857143))
    }

    @Test("Three classes")
    func ternary() {
        let predictions: [Int32] = [0, 1, 2, 2, 1, 0, 1, 2, 0, 0]
        let labels: [Int32] = [0, 1, 2, 1, 1, 2, 0, 2, 0, 1]
        #expect(Self.isClose(ClassificationMetrics.accuracy(predictions, labels), 0.6))
        #expect(Self.isClose(ClassificationMetrics.matthewsCorrelation(predictions, labels), 0.4090909090909091))
    }

    @Test(
        "One class alone",
        arguments: [
            ([1, 1, 1, 1], [1, 0, 1, 0], 0.5, 0.6666666666666666, 0.0),
            ([0, 0, 0, 0], [1, 0, 1, 0], 0.5, 0.0, 0.0),
            ([1, 0, 1, 0], [1, 1, 1, 1], 0.5, 0.6666666666666666, 0.0),
            ([0, 0, 0, 0], [0, 0, 0, 0], 1.0, 0.0, 0.0),
            ([1, 1, 1, 1], [1, 1, 1, 1], 1.0, 1.0, 0.0),
            ([0, 1], [1, 0], 0.0, 0.0, -1.0),
            ([], [], 0.0, 0.0, 0.0),
        ] as [([Int32], [Int32], Double, Double, Double)])
    func degenerate(predictions: [Int32], labels: [Int32], accuracy: Double, f1: Double, matthews: Double) {
        #expect(Self.isClose(ClassificationMetrics.accuracy(predictions, labels), accuracy))
        #expect(Self.isClose(ClassificationMetrics.f1(predictions, labels), f1))
        #expect(Self.isClose(ClassificationMetrics.matthewsCorrelation(predictions, labels), matthews))
    }

    @Test(
        "Correlations, with ties and with a large offset",
        arguments: [
            (
                [0.5, 3.25, 4.75, 1.0, 2.5, 2.5, 4.0, 0.0], [0.8, 3.0, 5.0, 1.2, 2.5, 3.8, 3.8, 0.0],
                0.9593026529118026, 0.933734939759036
            ),
            ([1, 1, 2, 2, 2, 3], [6, 5, 5, 4, 4, 4], -0.7592566023652965, -0.7833333333333334),
            ([1_000_001, 1_000_002, 1_000_003, 1_000_005], [2, 1, 4, 3], 0.529150262212918, 0.6000000000000001),
        ] as [([Float], [Float], Double, Double)])
    func correlations(left: [Float], right: [Float], pearson: Double, spearman: Double) {
        #expect(Self.isClose(Correlation.pearson(left, right), pearson))
        #expect(Self.isClose(Correlation.spearman(left, right), spearman))
    }

    @Test("A thousand pairs")
    func large() {
        let (x, y) = Self.pairs
        #expect(Self.isClose(Correlation.pearson(x, y), 0.6959675398108556))
        #expect(Self.isClose(Correlation.spearman(x, y), 0.6833501601161636))
        let predictions = x.map { Int32($0 > 2.5 ? 1 : 0) }
        let labels = y.map { Int32($0 > 2.5 ? 1 : 0) }
        #expect(Self.isClose(ClassificationMetrics.accuracy(predictions, labels), 0.742))
        #expect(Self.isClose(ClassificationMetrics.f1(predictions, labels), 0.7361963190184049))
        #expect(Self.isClose(ClassificationMetrics.matthewsCorrelation(predictions, labels), 0.4837560748385393))
    }

    @Test("Correlations of nothing are 0, of NaN are NaN")
    func degenerateCorrelations() {
        #expect(Correlation.pearson([], []) == 0)
        #expect(Correlation.spearman([1], [2]) == 0)
        #expect(Correlation.pearson([0.1, 0.1, 0.1], [1, 2, 3]) == 0)
        #expect(Correlation.spearman([1, 2, 3], [7, 7, 7]) == 0)
        #expect(Correlation.pearson([1, .nan], [1, 2]).isNaN)
        #expect(Correlation.spearman([1, 2], [.nan, 2]).isNaN)
        #expect(Correlation.pearson([1, .infinity, 2], [1, 3, 2]).isNaN)
        #expect(Correlation.spearman([1, .infinity, 2], [1, 3, 2]) == 1)
    }
}
