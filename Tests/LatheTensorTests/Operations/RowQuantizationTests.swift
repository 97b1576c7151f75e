import LatheTensor
import Testing

@Suite("Quantised rows")
struct RowQuantizationTests {
    @Test("Codes and scales follow the symmetric formula", arguments: [[3, 7], [1, 1], [2, 3, 129], [67, 300]])
    func formula(shape: [Int]) {
        let x = numbers(shape) / 3
        let (codes, scales) = x.quantizedRows()
        let columns = shape[shape.count - 1], values = x.floatArray
        #expect(scales.shape == shape.dropLast() + [1])
        var expectedCodes: [Double] = [], expectedScales: [Double] = []
        for row in 0..<x.elementCount / columns {
            let row = values[row * columns..<(row + 1) * columns]
            let scale = 2 * (row.map(abs).max() ?? 0) / 256
            expectedScales.append(Double(scale))
            expectedCodes += row.map { Double(min(max(($0 / scale).rounded(.toNearestOrEven), -128), 127)) }
        }
        expectClose(codes, Reference(shape: shape, values: expectedCodes), .exact, dtype: .int8)
        expectClose(scales, Reference(shape: scales.shape, values: expectedScales), .exact)
    }

    @Test("A row of zeros gets scale 1 and codes 0")
    func zeros() {
        let (codes, scales) = Tensor.zeros([2, 5]).quantizedRows()
        expectClose(codes, Reference([2, 5]) { _ in 0 }, .exact, dtype: .int8)
        expectClose(scales, Tensor.ones([2, 1]), .exact)
    }
}
