import LatheTensor
import Testing

/// The plain product of the last two axes, each operand transposed first if asked for; an operand with two axes serves
/// all matrices of the other.
func product(_ left: Reference, _ right: Reference, transposingLeft: Bool = false, transposingRight: Bool = false)
    -> Reference
{
    func element(_ x: Reference, _ leading: [Int], _ row: Int, _ column: Int, _ transposed: Bool) -> Double {
        x[leading.suffix(x.shape.count - 2) + (transposed ? [column, row] : [row, column])]
    }
    let leading = (left.shape.count >= right.shape.count ? left : right).shape.dropLast(2)
    let (rows, columns) = (left.shape[left.shape.count - 2], left.shape[left.shape.count - 1])
    let (m, k) = transposingLeft ? (columns, rows) : (rows, columns)
    let n = right.shape[right.shape.count - (transposingRight ? 2 : 1)]
    return Reference(leading + [m, n]) { index in
        let leading = Array(index.dropLast(2)), row = index[index.count - 2], column = index[index.count - 1]
        return (0..<k).reduce(0) {
            $0 + element(left, leading, row, $1, transposingLeft)
                * element(right, leading, $1, column, transposingRight)
        }
    }
}

@Suite("Matrix products")
struct MatrixProductTests {
    private static let transpositions = [(false, false), (false, true), (true, false), (true, true)]

    private func operands(_ leading: [Int], _ other: [Int], m: Int, n: Int, k: Int, _ transposed: (Bool, Bool)) -> (
        Tensor, Tensor
    ) {
        (
            numbers(leading + (transposed.0 ? [k, m] : [m, k]), seed: 1),
            numbers(other + (transposed.1 ? [n, k] : [k, n]), seed: 2)
        )
    }

    private func check(_ a: Tensor, _ b: Tensor, _ transposed: (Bool, Bool)) {
        let expected = product(
            Reference(a), Reference(b), transposingLeft: transposed.0, transposingRight: transposed.1)
        expectClose(
            a.matmul(b, transposingSelf: transposed.0, transposingOther: transposed.1), expected, .sum,
            "\(a.shape) \(b.shape) \(transposed)")
    }

    @Test("Matrices of every small and prime size multiply, transposed or not", arguments: transpositions)
    func sizes(transposed: (Bool, Bool)) {
        for m in [1, 2, 7, 17, 67] {
            for n in [1, 3, 16, 31, 65] {
                for k in [1, 5, 64, 101] {
                    let (a, b) = operands([], [], m: m, n: n, k: k, transposed)
                    check(a, b, transposed)
                }
            }
        }
    }

    @Test("A long inner axis keeps its accuracy")
    func longInner() {
        let (a, b) = operands([], [], m: 5, n: 37, k: 3001, (false, true))
        check(a, b, (false, true))
    }

    @Test("Batches multiply matrix by matrix", arguments: transpositions)
    func batches(transposed: (Bool, Bool)) {
        for leading in [[1], [3], [2, 3], [13]] {
            let (a, b) = operands(leading, leading, m: 5, n: 7, k: 3, transposed)
            check(a, b, transposed)
        }
    }

    @Test("An operand with two axes serves all matrices of the other", arguments: transpositions)
    func shared(transposed: (Bool, Bool)) {
        for leading in [[3], [2, 3], [13]] {
            let (a, b) = operands(leading, [], m: 5, n: 7, k: 3, transposed)
            check(a, b, transposed)
            let (c, d) = operands([], leading, m: 5, n: 7, k: 3, transposed)
            check(c, d, transposed)
        }
    }

    @Test("An inner axis of size 0 gives zeros, outer ones nothing")
    func empty() {
        expectClose(Tensor.zeros([2, 0]).matmul(.zeros([0, 3])), Tensor.zeros([2, 3]), .exact)
        #expect(Tensor.zeros([0, 2]).matmul(.zeros([2, 3])).shape == [0, 3])
        #expect(Tensor.zeros([0, 2, 5]).matmul(.zeros([0, 5, 3])).shape == [0, 2, 3])
    }

    @Test("Gradients are right for every transposition and batch", arguments: transpositions)
    func gradients(transposed: (Bool, Bool)) {
        for (leading, other) in [([], []), ([3], [3]), ([13], [13]), ([3], []), ([], [3]), ([2, 3], [])]
            as [([Int], [Int])]
        {
            let (a, b) = operands(leading, other, m: 3, n: 5, k: 4, transposed)
            expectGradientsMatch([a, b]) {
                $0[0].matmul($0[1], transposingSelf: transposed.0, transposingOther: transposed.1)
            }
        }
    }

    @Test("A product with a constant gives a gradient to the other operand alone")
    func constants() {
        let (a, b) = operands([2], [2], m: 3, n: 5, k: 4, (false, false))
        expectGradientsMatch([a]) { $0[0].matmul(b) }
        expectGradientsMatch([b]) { a.matmul($0[0]) }
    }

    @Test("Inner sizes and leading axes that differ are refused")
    func refused() async {
        await #expect(processExitsWith: .failure) { _ = Tensor.zeros([2, 3]).matmul(.zeros([2, 3])) }
        await #expect(processExitsWith: .failure) { _ = Tensor.zeros([2, 3, 4]).matmul(.zeros([3, 4, 5])) }
        await #expect(processExitsWith: .failure) { _ = Tensor.zeros([3]).matmul(.zeros([3, 4])) }
    }
}
