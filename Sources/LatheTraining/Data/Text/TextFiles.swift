import Foundation
import LatheFiles
import LatheModels

/// The files of a task on texts, as a user names them.
package struct TextFiles {
    let task: TextTask
    let columns: TextColumns
    let part: GlueTask.Part
    package let paths: [String]

    /// - Parameter arguments: files, or, for a task of GLUE, directories in which GLUE's names are looked for:
    ///   `glue/SST-2`, or `glue` itself.
    package init(_ arguments: [String], task: TextTask, columns: TextColumns, part: GlueTask.Part) {
        (self.task, self.columns, self.part) = (task, columns, part)
        guard let glue = task.glue else {
            paths = arguments
            return
        }
        paths = arguments.flatMap { argument -> [String] in
            guard FileManager.default.isDirectory(argument) else { return [argument] }
            let nested = argument + "/" + glue.directoryName
            let directory = FileManager.default.isDirectory(nested) ? nested : argument
            return glue.fileNames(part).map { directory + "/" + $0 }
        }
    }

    /// A file, and the columns that were taken.
    package struct Content {
        package var file: DatasetFile
        /// `nil` for a task of GLUE, whose columns are fixed.
        package let columns: ColumnChoice?
    }

    /// Reads the files, with the labels that they have in common.
    /// - Parameter labelNames: the classes in the order of the model's outputs; `nil` for GLUE's own, or for those of
    ///   the files.
    /// - Returns: the files, and the names of their classes.
    /// - Throws: `DataError`, `TaskError`.
    package func read(_ requirement: LabelRequirement, labelNames: [String]?) throws -> (
        contents: [Content], labelNames: [String]
    ) {
        guard paths.count <= 2 || task.glue != .mnli || part == .train else {
            throw TaskError.files(
                task: task.name, problem: "takes the matched and the mismatched file, got \(paths.count) files")
        }
        var contents = try paths.map { try Self.read($0, task, columns, requirement, labelNames) }
        if task.glue != nil || labelNames != nil || task.problem == .regression {
            return (contents, labelNames ?? contents.first?.file.labelNames ?? [])
        }
        let all = LabelReader.ordered(Array(Set(contents.flatMap(\.file.labelNames))))
        let places = Dictionary(all.enumerated().map { ($1, Int32($0)) }) { first, _ in first }
        for index in contents.indices {
            contents[index].file.renumber(contents[index].file.labelNames.map { places[$0] ?? 0 }, names: all)
        }
        return (contents, all)
    }

    private static func read(
        _ path: String, _ task: TextTask, _ columns: TextColumns, _ requirement: LabelRequirement,
        _ labelNames: [String]?
    ) throws(DataError) -> Content {
        if let glue = task.glue {
            return Content(
                file: try DatasetFile.load(path, task: glue, labels: requirement, labelNames: labelNames), columns: nil)
        }
        return try DatasetFile.load(
            path, columns: columns, problem: task.problem, labels: requirement, labelNames: labelNames)
    }

    /// The examples of files that are measured with: together as one set, but MNLI's two apart.
    package func sets(_ contents: [Content]) -> [[TextExample]] {
        task.glue == .mnli && part != .train ? contents.map(\.file.examples) : [contents.flatMap(\.file.examples)]
    }
}

extension DatasetFile {
    /// Reads a table of a user's own.
    /// - Parameters:
    ///   - path: the file.
    ///   - columns: what the user says about its columns; the others are chosen as `ColumnChoice` does.
    ///   - problem: the kind of label.
    ///   - requirement: whether labels must be there.
    ///   - labelNames: the classes in the order of the model's outputs; `nil` takes them from the file.
    /// - Throws: `DataError` with the file, the line and the cure.
    static func load(
        _ path: String, columns: TextColumns, problem: ProblemType, labels requirement: LabelRequirement,
        labelNames: [String]? = nil
    ) throws(DataError) -> TextFiles.Content {
        try load(try open(path), columns: columns, problem: problem, labels: requirement, labelNames: labelNames)
    }

    /// Reads a mapped table of a user's own, likewise.
    package static func load(
        _ file: MappedFile, columns: TextColumns, problem: ProblemType, labels requirement: LabelRequirement,
        labelNames: [String]? = nil
    ) throws(DataError) -> TextFiles.Content {
        let (file, choice) = try load(file, columns: columns, problem: problem, labels: requirement) {
            (choice, _) throws(DataError) in
            choice.schema(problem, classes: problem == .regression ? nil : labelNames, separator: columns.separator)
        }
        return .init(file: file, columns: choice)
    }

    /// Reads a mapped table by the schema that `schema` returns for its columns and its first rows.
    static func load(
        _ file: MappedFile, columns: TextColumns, problem: ProblemType, labels requirement: LabelRequirement,
        schema: (ColumnChoice, TableSample) throws(DataError) -> TextSchema
    ) throws(DataError) -> (file: DatasetFile, columns: ColumnChoice) {
        guard let format = DataFormat(path: file.path) else { throw DataError(.unknownFormat, path: file.path) }
        let sample = try TableSample(file, format: format, hasHeader: columns.hasHeader)
        let choice = try ColumnChoice(sample, named: columns, problem: problem, requirement: requirement)
        var quirks = TableQuirks()
        if !columns.hasHeader { quirks.headerless = sample.names }
        let request = DataRequest(
            schema: try schema(choice, sample), requirement: requirement, labelNames: nil,
            isHeaderless: !columns.hasHeader)
        return (try load(file, request, format, quirks), choice)
    }

    /// The file with labels of other numbers: `places[old]`.
    mutating func renumber(_ places: [Int32], names: [String]) {
        var examples = examples
        LabelReader.renumber(&examples, places)
        self = DatasetFile(
            path: path, examples: examples, labelNames: names, hasLabels: hasLabels, skippedRowCount: skippedRowCount,
            hasNumberedLabels: hasNumberedLabels)
    }
}

extension FileManager {
    func isDirectory(_ path: String) -> Bool {
        var isDirectory: ObjCBool = false
        return fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
    }
}
