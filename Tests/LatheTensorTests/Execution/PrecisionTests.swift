import LatheTensor
import Testing

@Suite("bfloat16 precision")
struct PrecisionTests {
    /// The result of `function` in bfloat16, and its gradients, against float32's.
    private func check(
        _ inputs: [Tensor], sourceLocation: SourceLocation = #_sourceLocation, _ function: ([Tensor]) -> Tensor
    ) {
        func run(_ precision: Precision) -> [Tensor] {
            withPrecision(precision) {
                let x = inputs.map { Parameter($0) }
                let y = function(x.map(\.value))
                y.backward(from: numbers(y.shape, seed: 9))
                return [y.detached] + x.map { $0.gradient ?? .zeros([]) }
            }
        }
        let exact = run(.float32), rounded = run(.bfloat16)
        for (number, (rounded, exact)) in zip(rounded, exact).enumerated() {
            let name = number == 0 ? "result" : "gradient \(number - 1)"
            expectClose(rounded, exact, .bfloat16, name, sourceLocation: sourceLocation)
        }
        #expect(rounded[0].floatArray != exact[0].floatArray, "float32 was used", sourceLocation: sourceLocation)
    }

    /// Thirds have no short binary form, so every factor is rounded.
    private func thirds(_ shape: [Int], seed: UInt64) -> Tensor { numbers(shape, seed: seed) / 3 }

    /// Without relu, whose slope jumps where rounding moves a value over zero.
    @Test("Linear layers stay within the rounding of bf16", arguments: Activation.allCases.filter { $0 != .relu })
    func linear(activation: Activation) {
        check([thirds([33, 67], seed: 1), thirds([35, 67], seed: 2), thirds([35], seed: 3)]) {
            $0[0].linear($0[1], bias: $0[2], activation: activation)
        }
    }

    @Test("Products of one and of many matrices stay within the rounding of bf16", arguments: [[], [3], [13]])
    func matmul(leading: [Int]) {
        check([thirds(leading + [17, 33], seed: 1), thirds(leading + [33, 19], seed: 2)]) { $0[0].matmul($0[1]) }
    }

    @Test("Attention stays within the rounding of bf16", arguments: [false, true])
    func attention(causal: Bool) {
        var options = AttentionOptions(heads: 2)
        options.isCausal = causal
        check([1, 2, 3].map { thirds([2, 33, 64], seed: $0) }) {
            Tensor.attention(query: $0[0], key: $0[1], value: $0[2], options: options)
        }
    }

    @Test("Convolutions stay within the rounding of bf16")
    func convolution() {
        check([thirds([2, 5, 9, 9], seed: 1), thirds([7, 5, 3, 3], seed: 2)]) {
            $0[0].conv2d($0[1], options: .init(padding: 1))
        }
    }

    @Test("A linear layer is the sum of products of rounded factors")
    func roundedFactors() {
        let x = thirds([5, 67], seed: 1), weight = thirds([7, 67], seed: 2)
        let expected = product(
            Reference(x.cast(to: .bfloat16)), Reference(weight.cast(to: .bfloat16)), transposingRight: true)
        expectClose(withPrecision(.bfloat16) { x.linear(weight) }, expected, .sum)
    }

    @Test("Every matrix of a batch is multiplied in the precision of the caller")
    func batches() async {
        // In a process of its own, so that other threads take part.
        await #expect(processExitsWith: .success) {
            Kernels.threadCount = 4
            let a = numbers([64, 33, 65]) / 3, b = numbers([64, 65, 31], seed: 2) / 3
            let together = withPrecision(.bfloat16) { a.matmul(b) }
            let alone = (0..<64).map { index in withPrecision(.bfloat16) { a.selected(index).matmul(b.selected(index)) }
            }
            expectClose(together, .concatenated(alone).reshaped([64, 33, 31]), .exact)
        }
    }
}
