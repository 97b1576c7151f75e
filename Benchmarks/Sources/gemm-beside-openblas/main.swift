// Lathe's f32 matrix product beside OpenBLAS's, in turn, on the same threads: input [M, K] times the transpose of a
// weight [N, K].
//
//     swift run -c release gemm-beside-openblas [repeats]

import COpenBLAS
import Foundation
import Lathe

struct Shape {
    let m: Int, k: Int, n: Int

    /// The shapes of a file: three numbers a line, `#` begins a comment.
    static func read(_ url: URL) throws -> [Shape] {
        try String(contentsOf: url, encoding: .utf8).split(separator: "\n").compactMap { line in
            let numbers = line.prefix { $0 != "#" }.split(separator: " ").compactMap { Int($0) }
            return numbers.count == 3 ? Shape(m: numbers[0], k: numbers[1], n: numbers[2]) : nil
        }
    }
}

/// One product computed in three ways.
struct Contest {
    static let names = ["packed", "unpacked", "OpenBLAS"]
    /// Threads that have slept take some milliseconds to be back, so half as many calls go before, uncounted.
    private static let sampleMilliseconds = 30.0
    /// OpenBLAS's threads watch for work for some 100 ms before they sleep; they would take time from whoever comes
    /// next.
    private static let pauseSeconds = 0.15

    private let shape: Shape
    private let input: Tensor
    private let weight: Tensor
    private let packed: PackedMatrix

    init(_ shape: Shape) {
        self.shape = shape
        input = .randomNormal([shape.m, shape.k])
        weight = .randomNormal([shape.n, shape.k])
        packed = PackedMatrix(weight, precision: .float32)
    }

    /// Median milliseconds of each way.
    func medians(repeats: Int) -> [Double] {
        let ready = PreparedInput(input, for: .float32)
        var result = [Float](repeating: 0, count: shape.m * shape.n)
        let ways: [() -> Void] = [
            { _ = packed.linear(ready) },
            { _ = withInference { input.linear(weight) } },
            { openBLAS(&result) },
        ]
        ways.forEach { $0() }
        // Short products are repeated within one measurement.
        let calls = max(1, Int(Self.sampleMilliseconds / max(Stopwatch.milliseconds(ways[0]), 1e-4)))
        var times = ways.map { _ in [Double]() }
        for _ in 0..<repeats {
            for (index, way) in ways.enumerated() {
                Thread.sleep(forTimeInterval: Self.pauseSeconds)
                for _ in 0...calls / 2 { way() }
                times[index].append(Stopwatch.milliseconds { for _ in 0..<calls { way() } } / Double(calls))
            }
        }
        return times.map(Stopwatch.median)
    }

    /// The largest difference to OpenBLAS, relative to the largest value.
    func disagreement() -> Float {
        var theirs = [Float](repeating: 0, count: shape.m * shape.n)
        openBLAS(&theirs)
        let largest = theirs.reduce(0) { max($0, abs($1)) }
        let ours = [packed.linear(PreparedInput(input, for: .float32)), withInference { input.linear(weight) }]
        return ours.map { zip($0.floatArray, theirs).reduce(0) { max($0, abs($1.0 - $1.1)) } }.reduce(0, max) / largest
    }

    private func openBLAS(_ result: inout [Float]) {
        input.withUnsafeBytes { a in
            weight.withUnsafeBytes { b in
                cblas_sgemm(
                    CblasRowMajor, CblasNoTrans, CblasTrans, blasint(shape.m), blasint(shape.n), blasint(shape.k), 1,
                    a.bindMemory(to: Float.self).baseAddress, blasint(shape.k),
                    b.bindMemory(to: Float.self).baseAddress, blasint(shape.k), 0,
                    &result, blasint(shape.n))
            }
        }
    }
}

func column(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(0, width - text.count)) + text }

if let problem = Kernels.problem {
    FileHandle.standardError.write(Data((problem + "\n").utf8))
    exit(1)
}
guard let file = Bundle.module.url(forResource: "bert-base", withExtension: "txt") else {
    fatalError("the shapes are missing from the bundle")
}
let repeats = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 15
openblas_set_num_threads(Int32(Kernels.threadCount))

print("f32, kernels \(Kernels.isa), threads \(Kernels.threadCount), \(String(cString: openblas_get_config()))")
print("median of \(repeats) in turn, milliseconds; ratio: OpenBLAS's time over ours\n")
print(
    ["M", "K", "N"].map { column($0, 6) }.joined() + Contest.names.map { column($0, 11) }.joined()
        + ["packed x", "unpacked x"].map { column($0, 12) }.joined())
for shape in try Shape.read(file) {
    let contest = Contest(shape)
    let difference = contest.disagreement()
    guard difference < 1e-4 else {
        print("\(shape): the results differ by \(difference) of the largest value")
        exit(1)
    }
    let times = contest.medians(repeats: repeats)
    let sizes = [shape.m, shape.k, shape.n].map { column(String($0), 6) }.joined()
    let columns = times.map { column(String(format: "%.4f", $0), 11) }.joined()
    print(
        sizes + columns
            + [times[2] / times[0], times[2] / times[1]].map { column(String(format: "%.2f", $0), 12) }.joined())
}
