import Testing

@testable import LatheTraining

@Suite("When checkpoints are written")
struct CheckpointCadenceTests {
    @Test("With an interval in steps, the steps alone decide")
    func steps() {
        let cadence = CheckpointCadence(.steps(3), from: 0)
        #expect((1...7).filter { cadence.isDue(after: $0, at: 1e6) } == [3, 6])
    }

    @Test("By time, thirty seconds pass at least, from where the run began or went on")
    func leastTime() {
        var cadence = CheckpointCadence(.adaptive, from: 100)
        #expect(!cadence.isDue(after: 1, at: 129))
        #expect(cadence.isDue(after: 1, at: 130))
        cadence.didWrite(from: 130, to: 130.1)
        #expect(!cadence.isDue(after: 2, at: 160))
        #expect(cadence.isDue(after: 2, at: 160.2))
    }

    @Test("Slow writing takes two hundredths of the time")
    func share() {
        var cadence = CheckpointCadence(.adaptive, from: 0)
        cadence.didWrite(from: 30, to: 40)
        #expect(!cadence.isDue(after: 2, at: 529))
        #expect(cadence.isDue(after: 2, at: 530.1))
    }
}
