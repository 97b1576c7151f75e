import Foundation
import LatheTensor

/// Lathe's version.
public enum LatheVersion {
    public static let current = "0.1.0"
}

extension RunEnvironment {
    /// Where this process runs.
    public static var current: RunEnvironment {
        let arguments = ProcessInfo.processInfo.arguments
        let program = arguments.prefix(1).map { URL(fileURLWithPath: $0).lastPathComponent }
        return RunEnvironment(
            version: LatheVersion.current, system: system, isa: Kernels.isa, cpuFeatures: Kernels.cpuFeatures,
            threads: Kernels.threadCount,
            processor: Processor.name, command: program + arguments.dropFirst())
    }

    /// Name, the first two numbers of the release, and machine.
    private static var system: String {
        var names = utsname()
        guard uname(&names) == 0 else { return "" }
        let release = text(of: names.release).prefix { $0.isNumber || $0 == "." }.split(separator: ".").prefix(2)
            .joined(separator: ".")
        return [text(of: names.sysname), release, text(of: names.machine)].filter { !$0.isEmpty }.joined(separator: " ")
    }

    /// A C array of characters, which is a tuple in Swift.
    private static func text<Characters>(of characters: Characters) -> String {
        withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
