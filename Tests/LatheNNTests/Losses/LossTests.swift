import LatheNN
import LatheTensor
import Testing

@Suite("Losses")
struct LossTests {
    @Test("the mean squared error is the mean over all elements")
    func meanSquaredError() {
        let loss = Tensor([1, 2, 3, 4] as [Float], shape: [2, 2]).meanSquaredError(
            Tensor([1, 0, 6, 3] as [Float], shape: [2, 2]))
        expectClose(loss, [(0 + 4 + 9 + 1) / 4], shape: [])
    }

    @Test("the mean squared error's gradient flows into both sides unless one is detached")
    func meanSquaredErrorGradient() throws {
        let left = Parameter(Tensor([1, 2] as [Float])), right = Parameter(Tensor([3, -2] as [Float]))
        left.value.meanSquaredError(right.value).backward()
        expectClose(try #require(left.gradient), [-2, 4], shape: [2])
        expectClose(try #require(right.gradient), [2, -4], shape: [2])
        left.value.meanSquaredError(right.detached).backward()
        expectClose(try #require(right.gradient), [2, -4], shape: [2])
    }

    @Test(
        "soft cross-entropy is a mean over examples, and a mean or a sum over classes",
        arguments: [(ClassReduction.mean, Float(1)), (.sum, 1), (.mean, 2), (.sum, 4)])
    func softCrossEntropy(reduction: ClassReduction, temperature: Float) throws {
        let student = Parameter(.randomNormal([4, 3], deviation: 2, from: RandomSource(seed: 1)))
        let teacher = Parameter(.randomNormal([4, 3], deviation: 2, from: RandomSource(seed: 2)))
        let loss = student.value.softCrossEntropy(teacher.value, reduction: reduction, temperature: temperature)
        let rows = zip(rows(student.detached, temperature), rows(teacher.detached, temperature))
        let sum = rows.reduce(0.0) { sum, row in
            sum - zip(softmax(row.1), logSoftmax(row.0)).reduce(0) { $0 + $1.0 * $1.1 }
        }
        let count = reduction == .mean ? 12.0 : 4.0
        expectClose(loss, [Float(sum / count) * temperature * temperature], shape: [])
        expectGradients(of: [student]) {
            student.value.softCrossEntropy(teacher.value, reduction: reduction, temperature: temperature)
        }
        #expect(teacher.gradient == nil)
    }

    @Test("soft cross-entropy against a sure teacher is the hard one")
    func sureTeacher() {
        let student = Tensor.randomNormal([2, 3], from: RandomSource(seed: 3))
        let soft = student.softCrossEntropy(Tensor([90, 0, 0, 0, 0, 90] as [Float], shape: [2, 3]), reduction: .sum)
        expectClose(soft, [student.crossEntropy(Tensor([0, 2] as [Int32])).scalar], shape: [])
    }

    private func rows(_ logits: Tensor, _ temperature: Float) -> [[Double]] {
        let values = logits.floatArray.map { Double($0) / Double(temperature) }
        return stride(from: 0, to: values.count, by: 3).map { Array(values[$0..<$0 + 3]) }
    }
}
