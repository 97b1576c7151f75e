import LatheNN
import LatheTensor
import Testing

@Suite("Dropout")
struct DropoutTests {
    @Test("does nothing outside training, and takes no random numbers")
    func evaluation() {
        let source = RandomSource(seed: 1), input = Tensor.ones([100])
        withRandomSource(source) { expectSameBits(Dropout(rate: 0.5)(input), input) }
        #expect(source.state == RandomSource(seed: 1).state)
    }

    @Test("zeroes about the given share in training and scales up the rest", arguments: [0.1, 0.5] as [Float])
    func training(rate: Float) {
        let output = seeded { withTraining { Dropout(rate: rate)(.ones([10_000])) } }.floatArray
        let kept = output.filter { $0 != 0 }
        #expect(abs(Float(kept.count) / 10_000 - (1 - rate)) < 0.02)
        #expect(kept.allSatisfy { abs($0 - 1 / (1 - rate)) < 1e-6 })
    }

    @Test("drops the same elements of the gradient, other ones the next time, and the same ones for the same seed")
    func masks() throws {
        let dropout = Dropout(rate: 0.5), input = Parameter(.ones([1000]))
        let outputs = try seeded(3) {
            try withTraining {
                let output = dropout(input.value)
                output.backward(from: .ones([1000]))
                expectSameBits(try #require(input.gradient), output)
                return [output, dropout(input.value)]
            }
        }
        #expect(bits(outputs[0]) != bits(outputs[1]))
        expectSameBits(seeded(3) { withTraining { dropout(input.value) } }, outputs[0])
    }

    @Test("says whether it drops anything now")
    func isActive() {
        #expect(!Dropout(rate: 0.5).isActive)
        #expect(withTraining { Dropout(rate: 0.5).isActive })
        #expect(withTraining { !Dropout(rate: 0).isActive })
    }

    @Test("passes everything at rate 0")
    func none() {
        let input = Tensor.randomNormal([10], from: RandomSource(seed: 2))
        expectSameBits(withTraining { Dropout(rate: 0)(input) }, input)
    }
}
