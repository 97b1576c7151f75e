import LatheTensor
import Testing

struct ValueHistogramTests {
    @Test func intervalsOfEqualWidthCountWhatFallsIntoThem() {
        var tally = ValueHistogram()
        tally.add(Tensor([-1, -0.9, 0, 0, 0.1, 0.55, 1, 1] as [Float]))
        #expect(tally.intervals(4) == [2, 0, 3, 3])
        #expect(tally.extremes?.low == -1 && tally.extremes?.high == 1)
        #expect(tally.zeroCount == 2)
        #expect(tally.count == 8)
    }

    @Test func everyValueIsCountedOnceWhateverTheOrder() {
        let values = Tensor.randomNormal([5000], from: RandomSource(seed: 3))
        var whole = ValueHistogram(), parts = ValueHistogram()
        whole.add(values)
        for start in stride(from: 4000, through: 0, by: -1000) { parts.add(values.sliced(start..<start + 1000)) }
        #expect(whole.intervals(41) == parts.intervals(41))
        #expect(whole.intervals(41).reduce(0, +) == 5000)
    }

    @Test func whatIsNoFiniteNumberIsLeftOut() {
        var tally = ValueHistogram()
        tally.add(Tensor([.nan, 2, .infinity, 1, -.infinity] as [Float]))
        #expect(tally.count == 2)
        #expect(tally.intervals(2) == [1, 1])
        tally.add(Tensor([Float.nan]))
        #expect(tally.count == 2)
    }

    @Test func equalValuesHaveOneIntervalAndNoneHaveNone() {
        var tally = ValueHistogram()
        #expect(tally.intervals(5) == [])
        tally.add(.full([7], 3))
        #expect(tally.intervals(5) == [7])
    }
}
