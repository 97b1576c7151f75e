import ArgumentParser
import LatheTensor

/// Times matrix products beside what the machine can do at most.
struct GemmCommand: WorkingCommand {
    static let configuration = CommandConfiguration(
        commandName: "gemm",
        abstract: "Time matrix products in f32, bf16, int8 and with weights of fewer bits at BERT's shapes.",
        discussion: """
            The limit is what multiply-adds from registers reach on the same threads, measured in turn with the products. With M = 1 it is \
            how fast memory can be read: such shapes take weights in turn that no cache holds. "packed" finds the weight laid out and the input \
            in the right type, "unpacked" lays out plain tensors in the call, "packed, quantizing" quantises its input in the call. \
            int8, w4, w2 and w1 are weights of 8, 4, 2 and 1 bits, kept in their bits, with inputs of 8 bits.

            With --sparse, 8-bit products whose weights keep blocks of 4 or 16 outputs by one input are timed in turn with the dense product.

            Examples:
              lathe bench gemm --arithmetic int8 --threads 1
              lathe bench gemm --shape 128x768x768 --shape 7x100x33 --json
              lathe bench gemm --sparse --shape 128x768x3072
            """)

    @Option(
        name: .customLong("shape"),
        help: ArgumentHelp("Sizes to measure instead of BERT's; repeat for more.", valueName: "MxKxN"))
    var shapes: [GemmShape] = []

    @Option(name: .customLong("arithmetic"), help: "Measure only this arithmetic; repeat for more.")
    var arithmetics: [GemmArithmetic] = []

    @Flag(help: "Time block-sparse 8-bit weights beside dense ones instead.")
    var sparse = false

    @OptionGroup var options: BenchOptions

    func validate() throws {
        if sparse, arithmetics.contains(where: { $0 != .int8 }) {
            throw ValidationError("--sparse measures int8 only; leave --arithmetic out.")
        }
    }

    func work() throws {
        options.begin()
        let shapes = self.shapes.isEmpty ? GemmShape.bert : self.shapes
        if sparse { try workSparsely(shapes) } else { try work(shapes) }
    }

    private func work(_ shapes: [GemmShape]) throws {
        var measurement = GemmMeasurement(
            GemmArithmetic.allCases.filter { arithmetics.isEmpty || arithmetics.contains($0) }, repeats: options.repeats
        )
        let rows = rows(shapes) { measurement.rows($0) }
        let report = GemmReport(
            rows: rows, arithmeticLimits: measurement.arithmeticLimits, memoryLimit: measurement.memoryLimits)
        try Console.current.print(report.text)
        try Console.current.emit(report.json)
    }

    private func workSparsely(_ shapes: [GemmShape]) throws {
        let measurement = SparseGemmMeasurement(repeats: options.repeats)
        let report = SparseGemmReport(rows: rows(shapes) { measurement.rows($0) })
        try Console.current.print(report.text)
        try Console.current.emit(report.json)
    }

    /// What `measure` gives for all shapes, one after the other.
    private func rows<Row>(_ shapes: [GemmShape], _ measure: (GemmShape) -> [Row]) -> [Row] {
        var progress = ProgressBar("measuring", total: shapes.count, unit: "shapes", isQuiet: options.json)
        var rows: [Row] = []
        for shape in shapes {
            options.debug("measuring \(shape.defaultValueDescription)")
            rows += measure(shape)
            MemoryPool.shared.trim()
            progress.update(to: progress.done + 1, note: shape.defaultValueDescription)
        }
        progress.finish()
        return rows
    }
}
