import LatheFiles

/// Why a file of examples cannot be read, and where.
public struct DataError: CurableError, Equatable, Sendable {
    /// A column of a table.
    package struct Column: Equatable, Sendable {
        /// Its place, counted from 1; nil in JSON, whose objects have no order.
        package let number: Int?
        /// Its name.
        package let name: String

        /// Names a column.
        package init(number: Int?, name: String) {
            self.number = number
            self.name = name
        }
    }

    /// The ways in which a file can be wrong.
    package enum Problem: Equatable, Sendable {
        /// The file system's refusal.
        case file(FileError)
        /// Neither the name nor the caller says how the file is written.
        case unknownFormat
        /// The file has no examples; `hasHeader` says whether it has a header.
        case noExamples(hasHeader: Bool)
        /// A byte that cannot stand there in UTF-8.
        case invalidUTF8(byte: UInt8)
        /// An empty line between others.
        case blankLine
        /// A row with too few or too many columns.
        case columnCount(expected: Int, found: Int, format: DataFormat)
        /// The header, or the JSON object, lacks a column. `present` has what is there, `nearest` what may be meant.
        case missingColumn(names: [String], nearest: String?, present: [String])
        /// Labels are required, and there is no column for them.
        case noLabels(names: [String], nearest: String?, present: [String])
        /// Two columns with one name.
        case duplicateColumn(String)
        /// A label that is no class; `expected` are the classes.
        case unknownLabel(Column, found: String, expected: [String])
        /// A score that is no number, or not in the range.
        case malformedScore(Column, found: String, range: ClosedRange<Float>?)
        /// An example without label where labels are required.
        case emptyLabel(Column)
        /// More different labels than a classifier has use for.
        case tooManyLabels(Column, limit: Int)
        /// A list that holds a label twice.
        case repeatedLabel(Column, String)
        /// A list of labels with another separator than the lists before it.
        case otherSeparator(Column, expected: Character, found: Character)
        /// A first row that reads like an example where the names of columns should be.
        case headerIsExample(String)
        /// A JSON value of the wrong kind.
        case wrongKind(Column, expected: String, found: String)
        /// A line that is JSON, but no object.
        case notAnObject(found: String)
        /// A line that is no JSON. The error has the place within the file.
        case json(JSONError)
        /// A quoted field that does not end.
        case unclosedQuote
        /// A quote within a field that does not begin with one.
        case strayQuote
        /// Something between a closing quote and the next comma.
        case textAfterQuote
        /// Label names that are not the task's, in whatever order.
        case labelNames(found: [String], expected: [String])
    }

    /// The file.
    public let path: String
    /// The line, counted from 1, where there is one.
    public let line: Int?
    /// The place in the line, in bytes counted from 1, where a single byte is wrong.
    public let byteColumn: Int?
    /// What is wrong.
    package let problem: Problem

    /// Makes an error.
    package init(_ problem: Problem, path: String, line: Int? = nil, byteColumn: Int? = nil) {
        self.problem = problem
        self.path = path
        self.line = line
        self.byteColumn = byteColumn
    }
}
