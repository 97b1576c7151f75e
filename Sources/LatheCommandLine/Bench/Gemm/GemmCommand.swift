import ArgumentParser
import Lathe

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

            Examples:
              lathe bench gemm --arithmetic int8 --threads 1
              lathe bench gemm --shape 128x768x768 --shape 7x100x33 --json
            """)

    @Option(name: .customLong("shape"), help: ArgumentHelp("Sizes to measure instead of BERT's; repeat for more.", valueName: "MxKxN"))
    var shapes: [GemmShape] = []

    @Option(name: .customLong("arithmetic"), help: "Measure only this arithmetic; repeat for more.")
    var arithmetics: [GemmArithmetic] = []

    @OptionGroup var options: BenchOptions

    func work() throws {
        options.begin()
        let shapes = self.shapes.isEmpty ? GemmShape.bert : self.shapes
        var measurement = GemmMeasurement(GemmArithmetic.allCases.filter { arithmetics.isEmpty || arithmetics.contains($0) }, repeats: options.repeats)
        var progress = ProgressBar("measuring", total: shapes.count, unit: "shapes", isQuiet: options.json)
        var rows: [GemmRow] = []
        for shape in shapes {
            options.logger.debug("measuring \(shape.defaultValueDescription)")
            rows += measurement.rows(shape)
            MemoryPool.shared.trim()
            progress.update(to: progress.done + 1, note: shape.defaultValueDescription)
        }
        progress.finish()
        let report = GemmReport(rows: rows, arithmeticLimits: measurement.arithmeticLimits, memoryLimit: measurement.memoryLimits)
        try Console.current.print(report.text)
        if options.json { try Console.current.print(report.json.text()) }
    }
}
