import LatheTensor
import Testing

@Suite("Recording")
struct RecordingTests {
    @Test("A parameter that the result does not depend on keeps no gradient")
    func notReached() {
        let a = Parameter(Tensor([1.0])), b = Parameter(Tensor([1.0]))
        _ = a.value * b.value
        a.value.sum().backward()
        #expect(a.gradient != nil)
        #expect(b.gradient == nil)
    }

    @Test("A parameter that is not trainable gets no gradient and starts no recording")
    func notTrainable() {
        let fixed = Parameter(Tensor([2.0]), isTrainable: false), x = Parameter(Tensor([3.0]))
        #expect(!fixed.value.needsGradient)
        #expect(!(fixed.value * 2).needsGradient)
        (fixed.value * x.value).sum().backward()
        #expect(fixed.gradient == nil)
        #expect(x.gradient?.floatArray == [2])
    }

    @Test("Nothing is recorded inside withoutGradients")
    func withoutGradients() {
        let x = Parameter(Tensor([2.0]))
        let y = LatheTensor.withoutGradients { x.value.squared().linear(Tensor([1.0], shape: [1, 1])) }
        #expect(!y.needsGradient)
        #expect(x.value.squared().needsGradient)
    }

    @Test("Nothing is recorded in inference")
    func inference() {
        let x = Parameter(Tensor([2.0]))
        #expect(!withInference { (x.value + 1).needsGradient })
    }

    @Test("A detached value is a constant")
    func detached() {
        let x = Parameter(Tensor([3.0]))
        let y = x.value.squared()
        #expect(!y.detached.needsGradient)
        (y.detached * x.value).sum().backward()
        #expect(x.gradient?.floatArray == [9])
        #expect(!x.detached.needsGradient)
    }

    @Test("Results of constants need no gradient")
    func constants() {
        #expect(!(Tensor([1.0]) + Tensor([2.0])).needsGradient)
    }

    @Test("backward() starts from a gradient of any shape")
    func fromGradient() {
        let x = Parameter(Tensor([1.0, 2, 3]))
        x.value.squared().backward(from: Tensor([1.0, 10, 100]))
        #expect(x.gradient?.floatArray == [2, 40, 600])
    }

    @Test("backward() reaches a parameter directly")
    func parameterItself() {
        let x = Parameter(Tensor(2))
        x.value.backward()
        #expect(x.gradient?.scalar == 1)
    }

    @Test("A parameter that no longer exists is passed over")
    func goneParameter() {
        let x = Parameter(Tensor([3.0]))
        let y = { (x.value * Parameter(Tensor([2.0])).value).sum() }()
        y.backward()
        #expect(x.gradient?.floatArray == [2])
    }

    @Test("A parameter that changes after the computation leaves the gradient as it was computed")
    func changedParameter() {
        let x = Parameter(Tensor([3.0]))
        let y = x.value.squared().sum()
        x.value = Tensor([100.0])
        y.backward()
        #expect(x.gradient?.floatArray == [6])
    }

    @Test("An update in place does not reach values that a computation kept")
    func updatedParameter() {
        let x = Parameter(Tensor([3.0]))
        let y = x.value.squared().sum()
        var velocity: [Tensor] = []
        let numbers = MomentumUpdate(learningRate: 1, momentum: 0, isNesterov: false, weightDecay: 0, gradientScale: 1)
        x.update(numbers, gradient: Tensor([1.0]), velocity: &velocity)
        #expect(x.detached.floatArray == [2])
        y.backward()
        #expect(x.gradient?.floatArray == [6])
    }

    @Test("The gradient of one loss does not touch what another computation kept")
    func separateLosses() {
        let x = Parameter(Tensor([3.0]))
        let first = x.value.squared().sum(), second = (x.value * 4).sum()
        first.backward()
        second.backward()
        #expect(x.gradient?.floatArray == [10])
    }

    @Test("A second backward() over the same computation is refused")
    func twice() async {
        await #expect(processExitsWith: .failure) {
            let y = Parameter(Tensor([3.0])).value.squared().sum()
            y.backward()
            y.backward()
        }
    }

    @Test("backward() on a constant, and from several numbers, is refused")
    func refused() async {
        await #expect(processExitsWith: .failure) { Tensor(1).backward() }
        await #expect(processExitsWith: .failure) { Parameter(Tensor([1.0, 2])).value.backward() }
    }
}
