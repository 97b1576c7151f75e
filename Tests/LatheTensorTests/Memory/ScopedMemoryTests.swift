import Testing

@testable import LatheTensor

@Suite("Scoped memory")
struct ScopedMemoryTests {
    @Test("The memory of temporary tensors exists until the body ends")
    func temporaries() {
        let sum = withPointers(Tensor([1.5, 2, 3]), Tensor([Int32(4), 5, 6]).int32Elements) { x, ids in
            // A buffer of the same size, which would be that of a tensor already freed.
            let other = Tensor.full([3], 100)
            return (0..<3).reduce(0) { $0 + x[$1] * Float(ids[$1]) } + other.floatArray[0]
        }
        #expect(sum == 134)
    }

    @Test("A part of a tensor begins at its own first element")
    func parts() {
        let part = Tensor([1.5, 2, 3, 4], shape: [2, 2])[1]
        #expect(part.withPointer { $0[0] } == 3)
        #expect(part.rawElements.withPointer { $0.load(as: Float.self) } == 3)
    }

    @Test("An absent tensor provides nil")
    func absent() {
        let absent: Tensor? = nil
        let areAbsent = withPointers(absent, Optional(Tensor(1))) { ($0 == nil, $1 == nil) }
        #expect(areAbsent == (true, false))
    }
}
