import LatheWorkflows

extension Report {
    /// The report as one line of JSON: names in snake case, dates as ISO 8601, numbers that are not finite as `"nan"`,
    /// `"inf"` and `"-inf"`.
    public func json() throws -> String { try RecordJSON.text(self) }
}
