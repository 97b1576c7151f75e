import Foundation
import LatheTensor

/// Reads damaged inputs one after the other, in a process of its own.
struct Worker {
    let mutation: Mutation
    let progress: Progress
    /// Whether memory is limited and measured.
    let limitsMemory: Bool

    private var reader: FuzzReader { mutation.reader }

    /// Reads the inputs numbered `range`; a finding is printed with its number.
    /// - Throws: what the reader says of a seed, which it must take.
    func run(_ range: Range<Int>) throws {
        if limitsMemory { Limits.limitMemory() }
        for seed in reader.seeds { try reader.read(seed) }
        var base = Limits.peakByteCount
        for number in range {
            progress[.current] = number
            let input = mutation.input(number)
            Limits.startTimers()
            read(input, number)
            // What tensors leave for the next ones is not this input's.
            MemoryPool.shared.trim()
            let peak = Limits.peakByteCount, size = input.reduce(0) { $0 + $1.bytes.count }
            if limitsMemory, peak - base > Limits.growth(forInputOf: size) {
                report(number, "the process grew by \((peak - base) >> 20) MiB")
                base = peak
            }
        }
        Limits.stopTimers()
    }

    private func read(_ input: [FuzzFile], _ number: Int) {
        do {
            try reader.read(input)
            progress[.accepted] += 1
        } catch let error as BrokenPromise {
            report(number, error.description)
        } catch {
            progress[.refused] += 1
            let message = String(describing: error)
            if message.isEmpty || message.utf8.count > 1 << 16 {
                report(number, "a message of \(message.utf8.count) bytes")
            }
        }
    }

    private func report(_ number: Int, _ finding: String) {
        progress[.findings] += 1
        say("\(reader.name):\(number): \(finding)")
    }
}
