/// Receives notes of what a user should know of a model that was opened all the same.
package struct ModelNotes: Sendable {
    /// The receiver of the running task; none unless a program sets one.
    @TaskLocal package static var current = ModelNotes { _ in }

    private let receive: @Sendable (_ note: String) -> Void

    /// - Parameter receive: is called with each note, a sentence without a period.
    package init(_ receive: @escaping @Sendable (_ note: String) -> Void) {
        self.receive = receive
    }

    package static func report(_ note: String) { current.receive(note) }
}
