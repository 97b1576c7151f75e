/// What a user should know of a model that was opened all the same.
public enum ModelNotes {
    /// Called with each note, a sentence without a period; does nothing unless a program sets it.
    @TaskLocal public static var report: @Sendable (_ note: String) -> Void = { _ in }
}
