import ArgumentParser

/// Times kernels and models.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Time matrix products, the parts of a layer, forward passes, single tokens and training steps.",
        discussion: """
            Times of a shared machine drift: compare only what was measured in one run, or in turn.

            Examples:
              lathe bench forward --weights w8a8 --batch 8 --seq 128
              lathe bench gemm --shape 128x768x3072
            """,
        subcommands: [
            GemmCommand.self, LayerCommand.self, ForwardCommand.self, DecodeCommand.self, TrainStepCommand.self,
        ])
}
