import Foundation

/// Sends workers through the mutations of a reader, and a new one behind each that dies.
struct Campaign {
    let seed: UInt64
    /// Mutations for each reader.
    let count: Int
    let scratch: Scratch

    /// Findings by which a reader is given up.
    private static let findingLimit = 50

    /// Runs a reader's mutations and prints a line about them.
    /// - Returns: how many inputs were read, and the number of findings.
    func run(_ reader: FuzzReader) throws -> (inputs: Int, findings: Int) {
        let path = scratch.path(reader.name + ".progress")
        guard let progress = Progress(path: path) else { throw CampaignError.noProgressFile(path) }
        for place in Progress.Count.allCases { progress[place] = 0 }
        var next = 0, deaths = 0
        let start = ContinuousClock.now
        while next < count, deaths + progress[.findings] < Self.findingLimit {
            progress[.current] = -1
            guard let death = try runWorker(reader, next..<count, progressPath: path) else { break }
            guard progress[.current] >= 0 else { throw CampaignError.refusedSeed(reader.name) }
            deaths += 1
            next = progress[.current] + 1
            say("\(reader.name):\(progress[.current]): \(death)")
        }
        let seconds = start.duration(to: .now) / .seconds(1), done = progress[.current] + 1
        let rate = Int(Double(done) / max(seconds, 1e-3)), findings = deaths + progress[.findings]
        say(
            "\(reader.name): \(done) inputs, \(progress[.accepted]) read, \(progress[.refused]) refused, \(findings) findings, \(rate) a second"
        )
        return (done, findings)
    }

    /// - Returns: how the worker died; nil when it came to its end.
    private func runWorker(_ reader: FuzzReader, _ range: Range<Int>, progressPath: String) throws -> String? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
        process.arguments = ["worker", reader.name, String(range.lowerBound), String(range.upperBound), progressPath]
        // What a worker leaves behind when it dies goes with the campaign.
        let settings = ["SWIFT_BACKTRACE": "enable=no", "LATHE_FUZZ_SEED": String(seed), "TMPDIR": scratch.path("")]
        process.environment = ProcessInfo.processInfo.environment.merging(settings) { $1 }
        try process.run()
        process.waitUntilExit()
        switch (process.terminationReason, process.terminationStatus) {
        case (.exit, 0): return nil
        case (.exit, let code): return "the process left with code \(code)"
        case (.uncaughtSignal, SIGPROF): return "hang: more than \(Limits.processorSeconds) s of processor time"
        case (.uncaughtSignal, SIGALRM): return "hang: more than \(Limits.clockSeconds) s"
        case (_, let signal): return "crash by signal \(signal) (\(String(cString: strsignal(signal))))"
        }
    }
}

/// Why a campaign cannot go on.
enum CampaignError: Error, CustomStringConvertible {
    case noProgressFile(String)
    case refusedSeed(String)
    case usage(String)

    var description: String {
        switch self {
        case .noProgressFile(let path): "\(path): cannot be written"
        case .refusedSeed(let reader): "\(reader): does not take its own seeds"
        case .usage(let text): text
        }
    }
}

/// Prints a line at once: a worker may die before a buffer is full.
func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
