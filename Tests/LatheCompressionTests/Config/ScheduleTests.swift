import Testing

@testable import LatheCompression

@Suite("Schedules")
struct ScheduleTests {
    private typealias Bits = CompressionConfig.WeightQuantization.Bits

    @Test("Bits fall after a period that doubles each time")
    func bits() {
        let schedule = BitSchedule(Bits(startBits: 12, targetBits: 8, period: 2))
        #expect((0...20).map(schedule.bits) == [12, 12, 11, 11, 10, 10, 10, 10, 9, 9, 9, 9, 9, 9, 9, 9, 8, 8, 8, 8, 8])
        #expect(BitSchedule(Bits(startBits: 8, targetBits: 8, period: 3)).bits(after: 1000) == 8)
    }

    @Test("With period 0 a bit goes at every step")
    func periodZero() {
        let schedule = BitSchedule(Bits(startBits: 8, targetBits: 5, period: 0))
        #expect((0...5).map(schedule.bits) == [8, 7, 6, 5, 5, 5])
    }

    @Test("The closed form agrees with a count step by step", arguments: [0, 1, 2, 3, 7], [1, 2, 5])
    func closedForm(_ period: Int, _ stretch: Int) {
        let schedule = BitSchedule(Bits(startBits: 16, targetBits: 11, period: period), stretch: stretch)
        var bits = 16, left = period
        for step in 1...3000 {
            if bits != 11, step >= left {
                bits -= 1
                left = 2 * left * stretch
            }
            #expect(schedule.bits(after: step) == bits, "step \(step)")
        }
    }

    @Test(
        "The last bit goes where it does in the original",
        arguments: [
            (16, 8, 400, 1, 51_200), (12, 8, 10, 1, 80), (12, 8, 10, 5, 10_000), (8, 8, 10, 1, 0),
            (16, 1, 1_000_000_000, 5, Int.max),
        ])
    func lastDrop(_ start: Int, _ target: Int, _ period: Int, _ stretch: Int, _ expected: Int) {
        #expect(
            BitSchedule(Bits(startBits: start, targetBits: target, period: period), stretch: stretch).lastDrop
                == expected)
    }

    @Test("Masks are renewed along the curve of snip_momentum")
    func renewals() throws {
        let schedule = CompressionSchedule(
            try ExampleConfig.compression(("sparse_pruning", ExampleConfig.snipMomentum)))
        let renewals = try #require(schedule.renewals)
        #expect((0...8).filter(renewals.isDue) == [2, 3, 4, 5, 6])
        let sparsity = (1...7).map { (renewals.sparsity(at: $0) * 1000).rounded() / 1000 }
        #expect(sparsity == [0, 0, 0.159, 0.293, 0.405, 0.5, 0.5])
    }

    @Test("Masks are renewed at every stride, and the end need not be one of them")
    func stride() {
        var snip = CompressionConfig.SparsePruning.SnipMomentum(offsetEnd: 30)
        snip.offsetStride = 8
        let schedule = RenewalSchedule(snip, offset: 10)
        #expect((0...40).filter(schedule.isDue) == [10, 18, 26])
        #expect(schedule.last == 26)
    }

    @Test("A single renewal goes straight to the target, and no curve beyond 98%")
    func limits() {
        var snip = CompressionConfig.SparsePruning.SnipMomentum(offsetEnd: 10)
        #expect(RenewalSchedule(snip, offset: 10).sparsity(at: 10) == 0.9)
        #expect(RenewalSchedule(snip, offset: 10).sparsity(at: 9) == 0)
        snip.denseRatio = 0.01
        snip.offsetEnd = 20
        #expect(abs(RenewalSchedule(snip, offset: 10).sparsity(at: 20) - 0.98) < 1e-12)
    }

    @Test("Each technique begins at its offset and stays")
    func beginnings() throws {
        let schedule = CompressionSchedule(try ExampleConfig.compression())
        #expect(schedule.techniquesBeginning(at: 0) == [.weightQuantization])
        #expect(schedule.techniquesBeginning(at: 30) == [.rowPruning])
        #expect(
            schedule.techniques(at: 30) == [.weightQuantization, .activationQuantization, .sparsePruning, .rowPruning])
        #expect(schedule.lastBeginning == 50)
        // 12 to 8 bits with a period of 10: 10, 20, 40, 80.
        #expect(schedule.lastChange == 80)
        #expect(CompressionSchedule(CompressionConfig()).lastChange == 0)
    }

    @Test("Bits count from the offset of their technique")
    func bitsFromOffset() throws {
        let config = try ExampleConfig.compression(("weight_quantization.shared_parameters.schedule_offset", 100))
        let schedule = CompressionSchedule(config), group = config.weightQuantization.groups[0]
        #expect(
            [99, 100, 109, 110, 119, 120, 180].map { schedule.bits(of: group, at: $0) } == [nil, 12, 12, 11, 11, 10, 8])
    }

    @Test("What would come after the end of training is told")
    func warnings() throws {
        let schedule = CompressionSchedule(try ExampleConfig.compression())
        #expect(schedule.warnings(totalSteps: 81).isEmpty)
        #expect(
            schedule.warnings(totalSteps: 45).map(\.description) == [
                "compression_training.channel_pruning.shared_parameters.schedule_offset: 50, but training has 45 steps; it does not come into force, "
                    + "and the saved model is without it, so lower the offset or train longer",
                "compression_training.weight_quantization.different_groups.wq1.params.quantization_period: 8 bits are reached at step 80, but training "
                    + "has 45 steps; it ends at 9 bits, so shorten the period or train longer",
            ])
    }

    @Test(
        "The model after the last step has the bits of that step, wherever weights are rounded",
        arguments: [true, false])
    func lastUpdate(isInForward: Bool) throws {
        let key = "weight_quantization.shared_parameters.quantize_weight_in_forward"
        let schedule = CompressionSchedule(try ExampleConfig.compression((key, .bool(isInForward))))
        #expect(schedule.warnings(totalSteps: 80).isEmpty)
        #expect(schedule.warnings(totalSteps: 79).count == 1)
    }

    @Test("What comes into force only when the last step is done is told")
    func afterTheLastStep() throws {
        let key = "weight_quantization.shared_parameters."
        func warnings(_ isInForward: Bool) throws -> [String] {
            let config = try ExampleConfig.compression(
                (key + "schedule_offset", 100), (key + "quantize_weight_in_forward", .bool(isInForward)))
            return CompressionSchedule(config).warnings(totalSteps: 100).map(\.text)
        }
        #expect(
            try warnings(true).first
                == "100, but training has 100 steps; it comes into force when the last step is done, and nothing is trained under it, so lower the offset or "
                + "train longer")
        #expect(
            try warnings(false).first?.contains("it does not come into force, and the saved model is without it")
                == true)
    }

    @Test(
        "The best model is sought from the last change within training on",
        arguments: [(200, 80), (80, 80), (79, 50), (45, 40), (30, 30), (15, 10)])
    func firstBest(totalSteps: Int, first: Int) throws {
        #expect(CompressionSchedule(try ExampleConfig.compression()).firstBestStep(totalSteps: totalSteps) == first)
    }

    @Test("Masks that would be made after the end of training are told")
    func lateMasks() throws {
        var config = CompressionConfig()
        config.sparsePruning.isEnabled = true
        config.sparsePruning.scheduleOffset = 2
        var snip = CompressionConfig.SparsePruning.SnipMomentum(offsetEnd: 6)
        snip.denseRatio = 0.5
        config.sparsePruning.method = .snipMomentum(snip)
        #expect(CompressionSchedule(config).warnings(totalSteps: 6).isEmpty)
        #expect(
            CompressionSchedule(config).warnings(totalSteps: 5).map(\.description) == [
                "compression_training.sparse_pruning.shared_parameters.schedule_offset_end: the last masks are made at step 6, but training has 5 steps; "
                    + "it ends with 41% pruned instead of 50%, so lower the end or train longer"
            ])
    }
}
