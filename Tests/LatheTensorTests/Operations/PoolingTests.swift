import LatheTensor
import Testing

/// A pooling window on an image.
struct PoolingCase: CustomTestStringConvertible, Sendable {
    var height = 7, width = 6, size = 2
    var stride: Int?
    var padding = 0
    var testDescription: String { "\(height)×\(width), window \(size), stride \(stride ?? size), padding \(padding)" }

    static let all = [
        PoolingCase(),
        PoolingCase(height: 1, width: 1, size: 1),
        PoolingCase(size: 3),
        PoolingCase(size: 3, stride: 1),
        PoolingCase(size: 3, stride: 2, padding: 1),
        PoolingCase(size: 2, stride: 1, padding: 1),
        PoolingCase(size: 2, stride: 3),
        PoolingCase(height: 2, width: 2, size: 4, stride: 1, padding: 1),
        PoolingCase(height: 33, width: 31, size: 3, stride: 2),
    ]

    /// Two images of three channels, all values of which differ by 1/4 or more: no finite difference exchanges the
    /// largest.
    var input: Tensor {
        let count = 6 * height * width
        return Tensor(
            (0..<count).map { Float($0 * 7919 % count) / 4 - Float(count) / 8 }, shape: [2, 3, height, width])
    }

    /// `combine` of the values inside each window.
    func expected(_ combine: ([Double]) -> Double) -> Reference {
        let x = Reference(input), stride = stride ?? size
        let sizes = [height, width].map { ($0 + 2 * padding - size) / stride + 1 }
        return Reference([2, 3] + sizes) { index in
            var values: [Double] = []
            for row in index[2] * stride - padding..<index[2] * stride - padding + size where (0..<height).contains(row)
            {
                for column in index[3] * stride - padding..<index[3] * stride - padding + size
                where (0..<width).contains(column) {
                    values.append(x[index[0], index[1], row, column])
                }
            }
            return combine(values)
        }
    }
}

@Suite("Pooling")
struct PoolingTests {
    @Test("The largest value of each window", arguments: PoolingCase.all)
    func maxPool(_ size: PoolingCase) {
        let result = size.input.maxPool2d(size: size.size, stride: size.stride, padding: size.padding)
        expectClose(result, size.expected { $0.max() ?? -.infinity }, .exact)
    }

    @Test("The mean of each window, padding counted as zeros", arguments: PoolingCase.all)
    func averagePool(_ size: PoolingCase) {
        let result = size.input.averagePool2d(size: size.size, stride: size.stride, padding: size.padding)
        expectClose(result, size.expected { $0.reduce(0, +) / Double(size.size * size.size) }, .rounding)
    }

    @Test("Gradients of both are right", arguments: PoolingCase.all)
    func gradients(_ size: PoolingCase) {
        expectGradientsMatch([size.input]) {
            $0[0].maxPool2d(size: size.size, stride: size.stride, padding: size.padding)
        }
        expectGradientsMatch([size.input], step: 1) {
            $0[0].averagePool2d(size: size.size, stride: size.stride, padding: size.padding)
        }
    }

    @Test("On ties the gradient goes to the first value of the window")
    func ties() {
        let x = Parameter(Tensor.ones([1, 1, 2, 2]))
        x.value.maxPool2d(size: 2).sum().backward()
        #expect(x.gradient?.floatArray == [1, 0, 0, 0])
    }

    @Test("The mean over height and width")
    func global() {
        let x = numbers([2, 3, 5, 7]), reference = Reference(x)
        let expected = Reference([2, 3]) { index in
            (0..<35).reduce(0) { $0 + reference[index[0], index[1], $1 / 7, $1 % 7] } / 35
        }
        expectClose(x.globalAveragePool(), expected, .sum)
        expectGradientsMatch([x]) { $0[0].globalAveragePool() }
    }

    @Test("A window larger than the padded input is refused")
    func refused() async {
        await #expect(processExitsWith: .failure) { _ = Tensor.zeros([1, 1, 2, 2]).maxPool2d(size: 3, stride: 2) }
        await #expect(processExitsWith: .failure) { _ = Tensor.zeros([1, 1, 2, 2]).averagePool2d(size: 3, stride: 2) }
    }
}
