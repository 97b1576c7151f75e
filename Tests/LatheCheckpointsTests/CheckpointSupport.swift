import Foundation
import LatheCheckpoints
import LatheTestFiles
import Testing

/// The fixtures that `Scripts/make-torch-fixtures.py` made.
enum CheckpointFixture {
    static func path(_ name: String) throws -> String {
        let directory = try #require(
            Bundle.module.url(forResource: "checkpoints", withExtension: nil, subdirectory: "Resources"))
        return directory.path + "/" + name
    }

    static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path(name))))
    }

    /// The tensor that the others in `views.bin` are views of: (0 … 23) / 4 - 2 in four rows.
    static let base = (0..<24).map { Float($0) / 4 - 2 }
}

/// The error that `body` throws, or nil. (`#expect(throws:)` within a closure is miscompiled by Swift 6.3.1.)
func checkpointError(_ body: () throws -> Void) -> CheckpointError? { thrown(CheckpointError.self, body) }

/// The error that opening `bytes` as a file of `torch.save` throws, or nil.
func torchError(_ bytes: [UInt8]) -> CheckpointError? {
    checkpointError { _ = try TorchCheckpoint(bytes: bytes, name: "f") }
}

extension ScratchDirectory {
    /// Copies a fixture.
    func copy(_ fixture: String, to name: String) throws {
        try FileManager.default.copyItem(atPath: CheckpointFixture.path(fixture), toPath: path + "/" + name)
    }
}
