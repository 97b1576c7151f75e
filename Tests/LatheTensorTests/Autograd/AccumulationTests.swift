import LatheTensor
import Testing

@Suite("Accumulation of gradients")
struct AccumulationTests {
    @Test("A value used twice gets the sum of both gradients")
    func usedTwice() {
        let x = Parameter(Tensor([3.0, 5]))
        (x.value * x.value + x.value).sum().backward()
        #expect(x.gradient?.floatArray == [7, 11])
    }

    @Test("A value used by one operation on both sides gets both gradients")
    func bothSides() {
        let x = Parameter(Tensor([3.0]))
        (x.value + x.value).sum().backward()
        #expect(x.gradient?.floatArray == [2])
    }

    @Test("A computation that branches and joins again gets all paths")
    func diamond() {
        let x = Parameter(Tensor([2.0]))
        let root = x.value.squared()
        let left = root * 3, right = root.squared()
        // 3x² + x⁴ + 3x² · x⁴, whose slope is 6x + 4x³ + 18x⁵.
        (left + right + left * right).sum().backward()
        #expect(x.gradient?.floatArray == [12 + 32 + 576])
    }

    @Test("Nested diamonds are walked once an operation, not once a path")
    func nestedDiamonds() {
        let x = Parameter(Tensor([1.0]))
        var y = x.value
        for _ in 0..<40 { y = (y + y) * 0.5 }
        y.sum().backward()
        #expect(x.gradient?.floatArray == [1])
    }

    @Test("Gradients of two backward passes add up")
    func twoPasses() {
        let x = Parameter(Tensor([2.0, 3]))
        x.value.squared().sum().backward()
        (x.value * 10).sum().backward()
        #expect(x.gradient?.floatArray == [14, 16])
    }

    @Test("Gradients start anew once they are nil")
    func cleared() {
        let x = Parameter(Tensor([2.0]))
        x.value.squared().sum().backward()
        x.gradient = nil
        x.value.sum().backward()
        #expect(x.gradient?.floatArray == [1])
    }

    @Test("Two parameters that got one gradient do not share what is added later")
    func notAliased() {
        let a = Parameter(Tensor([1.0, 2])), b = Parameter(Tensor([3.0, 4]))
        (a.value + b.value).sum().backward()
        (a.value * 5).sum().backward()
        #expect(a.gradient?.floatArray == [6, 6])
        #expect(b.gradient?.floatArray == [1, 1])
    }

    @Test("A gradient that was read before does not change when more is added")
    func heldGradient() {
        let x = Parameter(Tensor([1.0, 2]))
        x.value.sum().backward()
        let held = x.gradient
        x.value.sum().backward()
        #expect(held?.floatArray == [1, 1])
        #expect(x.gradient?.floatArray == [2, 2])
    }

    @Test("A gradient given to backward(from:) does not change")
    func givenGradient() {
        let x = Parameter(Tensor([1.0, 2]))
        let given = Tensor([3.0, 4])
        (x.value + 0).backward(from: given)
        (x.value + 0).backward(from: given)
        #expect(given.floatArray == [3, 4])
        #expect(x.gradient?.floatArray == [6, 8])
    }

    @Test("Parts of one gradient can be added to without changing each other")
    func parts() {
        let a = Parameter(Tensor([1.0, 2])), b = Parameter(Tensor([3.0]))
        for factor in [1, 10] as [Float] {
            (Tensor.concatenated([a.value, b.value]) * factor).sum().backward()
        }
        (b.value * 100).sum().backward()
        #expect(a.gradient?.floatArray == [11, 11])
        #expect(b.gradient?.floatArray == [111])
    }

    @Test("Borrowed memory is not written to when it becomes a gradient")
    func borrowed() {
        // A single owner of the tensor, as after loading; the bytes belong to the array.
        let owner = BorrowedFloats([1, 1])
        let x = Parameter(Tensor([1.0, 2]))
        x.gradient = owner.tensor()
        x.value.sum().backward()
        #expect(x.gradient?.floatArray == [2, 2])
        #expect(owner.values == [1, 1])
    }
}

/// Memory that tensors only look at.
final class BorrowedFloats {
    private let memory: UnsafeMutableBufferPointer<Float>

    init(_ values: [Float]) {
        memory = .allocate(capacity: values.count)
        _ = memory.initialize(from: values)
    }

    deinit { memory.deallocate() }

    var values: [Float] { Array(memory) }

    func tensor() -> Tensor {
        Tensor(borrowing: UnsafeRawBufferPointer(memory), shape: [memory.count], dtype: .float32, owner: self)
    }
}
