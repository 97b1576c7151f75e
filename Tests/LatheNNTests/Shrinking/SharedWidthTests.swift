import Testing

@testable import LatheNN

@Suite("Shared widths")
struct SharedWidthTests {
    private let attention = SelfAttention(width: 12, heads: 3)

    @Test("Layers of equal sizes fit, also a producer that gives the width several times, or shares its heads")
    func fits() {
        let fused = Linear(inputs: 5, outputs: 36), shared = Linear(inputs: 5, outputs: 4),
            reader = Linear(inputs: 12, outputs: 5)
        #expect(
            SharedWidth(
                "w", of: .values, from: [Linear(inputs: 1, outputs: 12), Linear(inputs: 2, outputs: 12)], to: [reader]
            ).problem == nil)
        #expect(
            SharedWidth(
                "w", of: .heads(of: attention), from: [.init(fused, copies: 3), .init(shared, sharing: 3)], to: [reader]
            ).problem == nil)
        #expect(
            SharedWidth(
                "w", of: .channels,
                from: [.init(Conv2d(channels: 1, outputs: 4, kernelSize: 1), norm: BatchNorm2d(channels: 4))]
            ).problem == nil)
    }

    @Test("A size that differs is named with the others")
    func differs() {
        let reader = Linear(inputs: 12, outputs: 5), fused = Linear(inputs: 5, outputs: 37)
        #expect(
            SharedWidth("inner", of: .values, from: [Linear(inputs: 1, outputs: 11)], to: [reader]).problem
                == "inner: sizes [11, 12] should be equal")
        #expect(
            SharedWidth("inner", of: .fixed, from: [.init(fused, copies: 3)], to: [reader]).problem
                == "inner: sizes [37 / 3, 12] should be equal")
        #expect(
            SharedWidth("inner", of: .fixed, to: [reader], sizes: [7]).problem == "inner: sizes [7, 12] should be equal"
        )
        let norm = SharedWidth.Producer(Conv2d(channels: 1, outputs: 4, kernelSize: 1), norm: BatchNorm2d(channels: 5))
        #expect(SharedWidth("inner", of: .channels, from: [norm]).problem == "inner: sizes [4, 5] should be equal")
    }

    @Test("Heads have to divide a width")
    func heads() {
        let producer = Linear(inputs: 5, outputs: 10), reader = Linear(inputs: 10, outputs: 5)
        let problem = SharedWidth("attention", of: .heads(of: attention), from: [producer], to: [reader]).problem
        #expect(problem == "attention: 3 heads do not divide a size of 10")
    }
}
