import ArgumentParser
import LatheWorkflows

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
              lathe predict --model OUT --texts F
              lathe plan --model OUT              what each goal would leave of it
              lathe quantize --model OUT --goal int8 --out SMALL
              lathe report OUT SMALL              what runs came to, side by side
              lathe bench forward --weights w8a8    time BERT-base in 8-bit integers
              lathe info                          what was found on this machine

            Environment:
              LATHE_ISA      portable, avx2, avx512 or neon: use these kernels
              LATHE_THREADS  1 to 1024: use so many threads
              NO_COLOR       no colours on terminals
              HF_HOME, HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE  as Hugging Face's tools

            Exit codes: 0 success, 1 the work failed, 2 the arguments were not understood.
            """,
        version: LatheVersion.current,
        subcommands: [
            DemoCommand.self, ConfigCommand.self, PlanCommand.self, TrainCommand.self, CompressCommand.self,
            QuantizeCommand.self, EvalCommand.self, PredictCommand.self,
            GenerateCommand.self, EmbedCommand.self, AugmentCommand.self, TokenizeCommand.self, SensitivityCommand.self,
            SearchCommand.self,
            ReportCommand.self, ConvertCommand.self, ExportCommand.self, InspectCommand.self, BenchCommand.self,
            InfoCommand.self,
        ])

    func run() throws { try Console.current.print(FirstSteps.text) }
}

/// What `lathe` says by itself.
enum FirstSteps {
    static var text: String {
        let names = LatheCommand.configuration.subcommands.compactMap { $0.configuration.commandName }
        return """
            lathe \(LatheVersion.current): compress neural networks, and run them small and fast.

            See what it does, on built-in data and in a minute or two:
              lathe demo --quick

            Make a model small that you have; DIR is its directory, or its name on
            the Hugging Face hub:
              lathe plan --model DIR                                    what can be done
              lathe quantize --model DIR --goal int8 --out small

            Train one, measure it, and compress it while it learns:
              lathe train --model DIR --task classification --train train.csv \\
                --dev dev.csv --out mine
              lathe predict --model mine --texts lines.txt
              lathe compress --model mine --goal 1bit \\
                --task classification --train train.csv --dev dev.csv --out tiny

            A DeepSpeed config takes the place of a goal; this writes one to change:
              lathe config init --goal 1bit --model mine --out 1bit.json

            Commands: \(list(names))
            lathe --help says what each is for; lathe help COMMAND explains one.
            """
    }

    /// The names with commas between, in lines that leave room for a margin of 12 in 80 columns.
    private static func list(_ names: [String]) -> String {
        var lines = [""]
        for name in names {
            let word = name == names.last ? name : name + ", "
            if lines[lines.count - 1].count + word.count > 68 { lines.append("") }
            lines[lines.count - 1] += word
        }
        return lines.map { $0.hasSuffix(" ") ? String($0.dropLast()) : $0 }.joined(separator: "\n  ")
    }
}
