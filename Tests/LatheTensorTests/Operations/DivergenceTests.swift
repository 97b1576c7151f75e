import Foundation
import LatheTensor
import Testing

@Suite("The divergence of distributions")
struct DivergenceTests {
    /// The formula in Double.
    private func reference(_ student: Tensor, _ teacher: Tensor, _ temperature: Double) -> Double {
        let columns = student.shape[student.rank - 1]
        func logProbabilities(_ row: ArraySlice<Float>) -> [Double] {
            let logits = row.map { Double($0) / temperature }
            let sum = log(logits.reduce(0) { $0 + exp($1) })
            return logits.map { $0 - sum }
        }
        let (s, t) = (student.floatArray, teacher.floatArray), rows = s.count / columns
        return (0..<rows).reduce(0) { sum, row in
            let range = row * columns..<(row + 1) * columns
            let pairs = zip(logProbabilities(t[range]), logProbabilities(s[range]))
            return sum + pairs.reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) }
        } * temperature * temperature / Double(rows)
    }

    @Test(
        "It is the mean over rows of the formula", arguments: [[3, 5], [2, 4, 7], [1, 1], [9, 4097], [6]], [1, 2.5])
    func formula(shape: [Int], temperature: Double) {
        let student = numbers(shape, seed: 1, in: -3...3), teacher = numbers(shape, seed: 2, in: -3...3)
        let result = student.divergence(from: teacher, temperature: Float(temperature))
        #expect(result.shape == [])
        let expected = reference(student, teacher, temperature)
        #expect(abs(Double(result.scalar) - expected) <= 2e-6 * max(1, expected))
    }

    @Test("Distributions that are equal do not diverge, whatever was added to their logits")
    func equal() {
        let logits = numbers([4, 9], seed: 3, in: -20...20)
        #expect(logits.divergence(from: logits).scalar == 0)
        #expect(abs((logits + 5).divergence(from: logits).scalar) < 1e-5)
    }

    @Test("Its gradient is that of the formula, and none flows into the teacher", arguments: [Float(1), 3])
    func gradients(temperature: Float) {
        let teacher = Parameter(numbers([3, 2, 6], seed: 5, in: -2...2))
        expectGradientsMatch([numbers([3, 2, 6], seed: 4, in: -2...2)]) {
            $0[0].divergence(from: teacher.value, temperature: temperature)
        }
        #expect(teacher.gradient == nil)
    }

    @Test("It is the soft cross-entropy less the teacher's entropy, with the same gradient")
    func crossEntropy() throws {
        let teacher = numbers([3, 6], seed: 7, in: -2...2), start = numbers([3, 6], seed: 6, in: -2...2)
        let first = Parameter(start), second = Parameter(start)
        let divergence = first.value.divergence(from: teacher), target = teacher.softmax()
        let entropy = (target * second.value.logSoftmax()).sum() * (-1 / 3 as Float)
        divergence.backward()
        entropy.backward()
        let own = (target * teacher.logSoftmax()).sum().scalar / -3
        #expect(abs(divergence.scalar - (entropy.scalar - own)) < 1e-5)
        let pairs = zip(try #require(first.gradient).floatArray, try #require(second.gradient).floatArray)
        #expect(pairs.allSatisfy { abs($0 - $1) < 1e-6 })
    }
}
