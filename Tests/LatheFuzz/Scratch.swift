import Foundation

/// A directory that goes with the process that made it.
final class Scratch: Sendable {
    private let directory: String

    init() throws {
        directory =
            FileManager.default.temporaryDirectory.appendingPathComponent("lathe-fuzz-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    func path(_ name: String) -> String { directory + "/" + name }

    /// Makes `files` all that the folder `name` holds.
    func fill(_ name: String, _ files: [FuzzFile]) throws -> String {
        let folder = path(name), manager = FileManager.default
        if !manager.fileExists(atPath: folder) {
            try manager.createDirectory(atPath: folder, withIntermediateDirectories: false)
        }
        for found in try manager.contentsOfDirectory(atPath: folder) {
            try manager.removeItem(atPath: folder + "/" + found)
        }
        for file in files {
            let place = URL(fileURLWithPath: folder + "/" + file.name)
            if file.name.contains("/") {
                try manager.createDirectory(at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
            }
            try Data(file.bytes).write(to: place)
        }
        return folder
    }
}

/// The files that the tests have.
struct Resources {
    private let directory: String

    init(_ directory: String) { self.directory = directory }

    func path(_ name: String) -> String { directory + "/" + name }

    func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path(name)))) }
}
