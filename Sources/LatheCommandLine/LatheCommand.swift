import ArgumentParser
import Lathe

/// The root of all commands.
struct LatheCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lathe",
        abstract: "Compress neural networks, and run them small and fast.",
        discussion: """
            Examples:
              lathe demo --quick                  train and quantise two networks
              lathe inspect DIR                   what a model consists of
              lathe train --model DIR --task sst2 --train F --dev F --out OUT
              lathe eval --model OUT --task sst2 --data F
              lathe report OUT                    what runs came to, side by side
              lathe bench forward --weights w8a8  time BERT-base in 8-bit integers
              lathe info                          what was found on this machine

            Environment:
              LATHE_ISA      portable, avx2, avx512 or neon: use these kernels
              LATHE_THREADS  1 to 1024: use so many threads
              HF_HOME, HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE  as Hugging Face's tools

            Exit codes: 0 success, 1 the work failed, 2 the arguments were not understood.
            """,
        version: Version.current,
        subcommands: [
            DemoCommand.self, PlanCommand.self, TrainCommand.self, CompressCommand.self, QuantizeCommand.self, EvalCommand.self, GenerateCommand.self,
            EmbedCommand.self, AugmentCommand.self, TokenizeCommand.self, SensitivityCommand.self, SearchCommand.self, ReportCommand.self, ExportCommand.self,
            InspectCommand.self, BenchCommand.self, InfoCommand.self,
        ])
}

/// The version of this program.
enum Version {
    static let current = LatheVersion.current
}
