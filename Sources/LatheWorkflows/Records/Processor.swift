import Foundation

/// The processor of this machine.
enum Processor {
    /// Its model name as the system has it, `AMD EPYC 9B45`; `nil` if the system does not say.
    static let name: String? = {
        #if canImport(Darwin)
            return sysctlText("machdep.cpu.brand_string")
        #else
            return (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)).flatMap(name(inCPUInfo:))
        #endif
    }()

    /// The first model name in the text of Linux's `/proc/cpuinfo`; `nil` without one, as on most arm64 machines.
    static func name(inCPUInfo text: String) -> String? {
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            if parts.count == 2, parts[0] == "model name", !parts[1].isEmpty { return parts[1] }
        }
        return nil
    }

    #if canImport(Darwin)
        private static func sysctlText(_ key: String) -> String? {
            var size = 0
            guard sysctlbyname(key, nil, &size, nil, 0) == 0, size > 1 else { return nil }
            var bytes = [UInt8](repeating: 0, count: size)
            guard sysctlbyname(key, &bytes, &size, nil, 0) == 0 else { return nil }
            let text = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self).trimmingCharacters(in: .whitespaces)
            return text.isEmpty ? nil : text
        }
    #endif
}
