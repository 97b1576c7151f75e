import LatheFiles

/// What encoding needs while it works, for one user at a time; kept, since making it costs more than a short text.
final class Workspace {
    /// The normalised text, and another one for stages that rewrite it.
    var text = AlignedText()
    var spareText = AlignedText()
    var scalars = ScalarText()
    var pieces: [TextPiece] = []
    var tokens = TokenList()
    var bpe: BPEScratch?

    func begin() {
        text.removeAll()
        pieces.removeAll(keepingCapacity: true)
        tokens.removeAll()
    }

    /// The scratch of byte-pair encoding, which the caller puts back.
    func takeBPE() -> BPEScratch {
        defer { bpe = nil }
        return bpe ?? BPEScratch()
    }

    /// Whether the last text left so little behind that it may be kept.
    fileprivate var isSmall: Bool {
        text.capacity + spareText.capacity < 1 << 20
    }
}

/// The workspaces of a tokenizer that are not in use.
final class WorkspacePool: Sendable {
    private struct Idle: @unchecked Sendable {
        // Unchecked: a workspace is either here or with the one caller that took it.
        var workspaces: [Workspace] = []
    }

    private let idle = Guarded(Idle())

    func take() -> Workspace {
        let kept = idle.withLock { idle in Idle(workspaces: idle.workspaces.popLast().map { [$0] } ?? []) }
        return kept.workspaces.first ?? Workspace()
    }

    func give(_ workspace: Workspace) {
        guard workspace.isSmall else { return }
        let returned = Idle(workspaces: [workspace])
        idle.withLock { idle in
            if idle.workspaces.count < 64 { idle.workspaces += returned.workspaces }
        }
    }
}
