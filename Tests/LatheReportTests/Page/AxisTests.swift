import Testing

@testable import LatheReport

@Suite struct AxisTests {
    @Test func ticksAreRoundNumbersWithinTheRange() {
        let axis = Axis.linear([0.964, 0.986], unit: .percent, padding: 0)
        #expect(axis.ticks.map(axis.label) == ["96.5%", "97.0%", "97.5%", "98.0%", "98.5%"])
    }

    @Test func stepsAreWholeNumbers() {
        let axis = Axis.linear([0, 3], unit: .steps, padding: 0, tickCount: 8)
        #expect(axis.ticks.map(axis.label) == ["0", "1", "2", "3"])
        let long = Axis.linear([0, 1_000_000], unit: .steps, padding: 0)
        #expect(long.ticks.map(long.label) == ["0", "200k", "400k", "600k", "800k", "1M"])
    }

    @Test func sizesThatSpanMuchAreLogarithmic() {
        let axis = Axis.spanning([72_000, 3_200_000], unit: .bytes, padding: 0)
        #expect(axis.isLogarithmic)
        #expect(axis.ticks.map(axis.label) == ["100 kB", "200 kB", "500 kB", "1 MB", "2 MB"])
        #expect(axis.position(72_000) == 0)
        #expect(axis.position(3_200_000) == 1)
    }

    @Test func sizesThatSpanLittleAreLinear() {
        #expect(!Axis.spanning([2, 7], unit: .milliseconds).isLogarithmic)
        #expect(!Axis.spanning([-1, 100], unit: .plain).isLogarithmic)
    }

    @Test func hugeSpansHaveFewTicks() {
        for values in [[1e-29, 1e29], [1, 1e12], [.leastNonzeroMagnitude, 1]] {
            let axis = Axis.spanning(values, unit: .milliseconds)
            #expect(axis.ticks.count <= 7)
        }
    }

    @Test(arguments: [
        [], [5], [3, 3, 3], [0], [-2], [.nan], [.infinity, -.infinity], [1e300, -1e300], [.leastNonzeroMagnitude],
        [1e15, 1e15 + 0.125],
    ])
    func anythingGivesPositionsBetweenTheEnds(values: [Double]) {
        for axis in [
            Axis.linear(values), .spanning(values, unit: .bytes), .linear(values, unit: .percent, bounds: 0...1),
            .linear(values, unit: .steps),
        ] {
            #expect(axis.ticks.count <= 24)
            #expect(axis.ticks.allSatisfy { !axis.label($0).isEmpty })
            for value in values + [.nan, .infinity, 0] { #expect((0...1).contains(axis.position(value))) }
        }
    }

    @Test func sharesDoNotExceedTheWhole() {
        #expect(Axis.linear([0.9, 1], unit: .percent, bounds: 0...1).high == 1)
    }
}
