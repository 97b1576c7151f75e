import ArgumentParser
import LatheTraining
import LatheWorkflows

/// The teacher of a language model in training, and what its student begins with.
struct TeacherFlags: ParsableArguments {
    @Flag(
        help:
            "Learn from --teacher as well as from text (task lm): cross-entropy + --kd-beta times the divergence from the teacher's distribution."
    )
    var distill = false

    @Option(help: ArgumentHelp("The language model to learn from.", valueName: "dir"), completion: .directory)
    var teacher: String?

    @Option(
        name: .customLong("teacher-layers"),
        help: ArgumentHelp(
            "Begin with these layers of the teacher, counted from 0 (0,1,2,…), and all that stands beside its layers; --model may be left out.",
            valueName: "list"),
        transform: TeacherFlags.parse)
    var teacherLayers: LayerList?

    @Option(
        name: .customLong("student-layers"),
        help: "Begin with so many of the teacher's layers, from the embeddings on, likewise.")
    var studentLayers: Int?

    @OptionGroup var distillation: DistillationFlags

    /// Numbers of layers.
    struct LayerList {
        var numbers: [Int]
    }

    private static func parse(_ text: String) throws -> LayerList {
        let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0.trimmingPrefix(" ")) }
        let layers = numbers.compactMap { $0 }
        guard layers.count == numbers.count, layers.allSatisfy({ $0 >= 0 }) else {
            throw ValidationError("--teacher-layers takes numbers from 0 on, such as 0,1,2,3; got '\(text)'.")
        }
        return LayerList(numbers: layers)
    }

    /// The teacher's layers that the student begins with, if it does.
    var layers: DistilledTraining.Layers? {
        if let teacherLayers { return .these(teacherLayers.numbers) }
        return studentLayers.map { .lowest($0) }
    }

    /// Makes sure that options that need each other came together.
    func check(for task: TaskName) throws {
        if let studentLayers { try BenchOptions.check(studentLayers, in: 1...10_000, "--student-layers") }
        if teacherLayers != nil, studentLayers != nil {
            throw ValidationError("--teacher-layers and --student-layers contradict each other; give one of them.")
        }
        guard distill else {
            let given = [
                ("--teacher", teacher != nil), ("--teacher-layers", teacherLayers != nil),
                ("--student-layers", studentLayers != nil),
            ].first { $0.1 }?.0
            if let option = given ?? distillation.firstGiven {
                throw ValidationError("\(option) goes with --distill; add it, or leave out \(option).")
            }
            return
        }
        if teacher == nil { throw ValidationError("--distill needs a model to learn from; name it with --teacher.") }
        if task != .languageModeling {
            throw ValidationError(
                "--distill trains language models (--task lm); others learn from a teacher with lathe compress.")
        }
    }
}
