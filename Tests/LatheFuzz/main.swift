// Feeds damaged files to every reader of files. Scripts/fuzz.sh builds and runs it, and says how.
import Foundation

let environment = ProcessInfo.processInfo.environment
let seed = environment["LATHE_FUZZ_SEED"].flatMap(UInt64.init) ?? 20_261_125
let limitsMemory = environment["LATHE_FUZZ_UNLIMITED"] == nil

func reader(named name: String, of readers: [FuzzReader]) throws -> FuzzReader {
    guard let reader = readers.first(where: { $0.name == name }) else {
        throw CampaignError.usage(
            "no reader is called \(name); there are " + readers.map(\.name).joined(separator: ", "))
    }
    return reader
}

/// Reads one mutation in this process, so that a debugger or a crash report sees it.
func readOne(_ place: String, of readers: [FuzzReader]) throws {
    let parts = place.split(separator: ":")
    guard parts.count == 2, let number = Int(parts[1]), number >= 0 else {
        throw CampaignError.usage("LATHE_FUZZ_ONLY: expected reader:number, got \(place)")
    }
    let reader = try reader(named: String(parts[0]), of: readers)
    for file in Mutation(reader: reader, seed: seed).input(number) {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(
            "\(reader.name)-\(number)-\(file.name)")
        try Data(file.bytes).write(to: path)
        say("\(path.path): \(file.bytes.count) bytes\(file.isDamaged ? "" : ", not damaged")")
    }
    do {
        try reader.read(Mutation(reader: reader, seed: seed).input(number))
        say("read")
    } catch let error as BrokenPromise {
        say("finding: \(error)")
    } catch {
        say("refused: \(error)")
    }
    say("peak memory: \(Limits.peakByteCount >> 20) MiB")
}

func work(_ arguments: [String], of readers: [FuzzReader]) throws {
    guard arguments.count == 4, let first = Int(arguments[1]), let end = Int(arguments[2]),
        let progress = Progress(path: arguments[3])
    else {
        throw CampaignError.usage("worker READER FIRST END PROGRESS")
    }
    let mutation = Mutation(reader: try reader(named: arguments[0], of: readers), seed: seed)
    try Worker(mutation: mutation, progress: progress, limitsMemory: limitsMemory).run(first..<end)
}

/// - Returns: the number of findings.
func runCampaign(_ arguments: [String], of readers: [FuzzReader]) throws -> Int {
    guard let count = Int(arguments.first ?? "1000000"), count > 0 else {
        throw CampaignError.usage("usage: fuzz [COUNT [READER…]]")
    }
    let chosen = arguments.count < 2 ? readers : try arguments.dropFirst().map { try reader(named: $0, of: readers) }
    let campaign = Campaign(seed: seed, count: count, scratch: try Scratch())
    say("seed \(seed), \(count) inputs for each of \(chosen.count) readers")
    var inputs = 0, findings = 0
    for reader in chosen {
        let result = try campaign.run(reader)
        (inputs, findings) = (inputs + result.inputs, findings + result.findings)
    }
    say("\(chosen.count) readers, \(inputs) inputs, \(findings) findings")
    return findings
}

var status: Int32 = 0
do {
    let arguments = Array(CommandLine.arguments.dropFirst())
    let readers = try allReaders(
        resources: Resources(environment["LATHE_FUZZ_RESOURCES"] ?? "Tests/LatheModelsTests/Resources"))
    if arguments.first == "worker" {
        try work(Array(arguments.dropFirst()), of: readers)
    } else if let place = environment["LATHE_FUZZ_ONLY"] {
        try readOne(place, of: readers)
    } else if try runCampaign(arguments, of: readers) > 0 {
        status = 1
    }
} catch {
    FileHandle.standardError.write(Data("fuzz: \(error)\n".utf8))
    status = 2
}
exit(status)
