import LatheGolden
import LatheNN
import LatheTensor
import Testing

@Suite("Recorded quantisers")
struct RecordedQuantizerTests {
    @Test("Values are quantised as the original does", arguments: GoldenCase.all("quantizer"))
    func quantizer(_ recorded: GoldenCase) throws {
        let bits = try #require(recorded.config["num_bits"]?.integer),
            groups = try #require(recorded.config["num_groups"]?.integer)
        let grid: QuantizationGrid = recorded.config["quantizer"]?.string == "AsymQuantizer" ? .asymmetric : .symmetric
        let names = recorded.tensorNames, x = Parameter(try recorded.tensor(names[0]))
        let quantization = FakeQuantization(bits: bits, grid: grid)
        let y: Tensor
        if let low = recorded.config["min_value"]?.double, let high = recorded.config["max_value"]?.double {
            y = x.value.fakeQuantized(quantization, from: Float(low), to: Float(high))
        } else {
            y = x.value.fakeQuantized(quantization, groupCount: groups)
        }
        let expected = deviating(try recorded.tensor(names[names.count - 1]), x.detached)
        let problem = recorded.tolerance.problem(y, expected)
        #expect(problem == nil, "\(problem ?? "")")
        let gradient = try recorded.tensorIfPresent("gy") ?? .randomNormal(y.shape, from: RandomSource(seed: 3))
        y.backward(from: gradient)
        expectSameBits(try #require(x.gradient), gradient)
    }

    /// What is recorded, but for one deviation: where DeepSpeed divides 0 by 0 (groups of zeros; constant ones on an
    /// asymmetric grid), Lathe leaves the values as they are.
    private func deviating(_ recorded: Tensor, _ x: Tensor) -> Tensor {
        Tensor(
            zip(recorded.floatArray, x.floatArray).map { recorded, input in recorded.isNaN ? input : recorded },
            shape: recorded.shape)
    }

    @Test(
        "A running range follows inputs as the original's does, and stays in evaluation",
        arguments: GoldenCase.all("quantact"))
    func runningRange(_ recorded: GoldenCase) throws {
        let bits = try #require(recorded.config["num_bits"]?.integer),
            momentum = try #require(recorded.config["act_range_momentum"]?.double)
        let grid = try #require(QuantizationGrid(rawValue: recorded.config["quant_mode"]?.string ?? ""))
        let quantizer = ActivationQuantizer(bits: bits, grid: grid, calibration: .running(momentum: Float(momentum)))
        let ranges = try recorded.tensor("ranges"), calls = ranges.shape[0]
        for call in 0..<calls {
            let input = LinearInput(try recorded.tensor("x\(call)"))
            let output =
                call == calls - 1 ? quantizer(input, rowCount: 1) : withTraining { quantizer(input, rowCount: 1) }
            let range = try #require(quantizer.range)
            for (result, expected) in try [
                (output.tensor, recorded.tensor("y\(call)")), (Tensor([range.low, range.high]), ranges.selected(call)),
            ] {
                let problem = recorded.tolerance.problem(result, expected)
                #expect(problem == nil, "call \(call): \(problem ?? "")")
            }
        }
    }

    @Test("Weights lose bits and mix with their rounded forms as the original's do", arguments: GoldenCase.all("moq"))
    func optimizerStep(_ recorded: GoldenCase) throws {
        let config = recorded.config, entries = try #require(config["params"]?.array),
            steps = try #require(config["steps"]?.integer)
        let grid = try #require(QuantizationGrid(rawValue: config["q_type"]?.string ?? ""))
        var quantization = OptimizerStepQuantization(
            bits: entries.map { entry in
                guard let start = entry["start_bits"]?.integer, let target = entry["target_bits"]?.integer,
                    let period = entry["q_period"]?.integer
                else { return nil }
                return .init(from: start, to: target, period: period)
            },
            groupCount: try #require(config["q_groups"]?.integer), grid: grid,
            mixingStep: config["q_mixed_fp16"]?.bool == true ? config["q_change_ratio"]?.double : nil)
        let overflows = Set(config["overflow_calls"]?.array?.compactMap(\.integer) ?? []),
            isCumulative = config["feed"]?.string == "cumulative"
        let counts = try #require(recorded.entry["qsteps_after_call"]?.array)
        let bits = try recorded.tensor("bits"), periods = try recorded.tensor("period")
        var weights = try entries.indices.map { try recorded.tensor("p\($0)_base") }
        for step in 0..<steps {
            if !isCumulative {
                weights = try entries.indices.map {
                    try recorded.tensor("p\($0)_base") + recorded.tensor("p\($0)_drift") * Float(step)
                }
            }
            weights = quantization.step(weights, overflowed: overflows.contains(step))
            #expect(quantization.stepCount == counts[step].integer)
            for index in entries.indices {
                let problem = recorded.tolerance.problem(
                    weights[index], try recorded.tensor("p\(index)_out").selected(step))
                #expect(problem == nil, "step \(step), weight \(index): \(problem ?? "")")
                #expect(Float(quantization.bits[index]?.current ?? -1) == bits.selected(step).floatArray[index])
                #expect(Float(quantization.bits[index]?.period ?? -1) == periods.selected(step).floatArray[index])
            }
        }
    }
}
