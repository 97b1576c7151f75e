import LatheFiles
import LatheCompression
import LatheModels
import LatheNN
import LatheTensor
import LatheTokenizers
import LatheTraining

/// A model that teaches another one.
struct Teacher {
    let model: PretrainedModel
    let network: any ObservableTransformer

    /// Opens the model in `directory`.
    /// - Parameter student: what it is to teach; their outputs must be of one kind.
    /// - Throws: `CompressionError.teacher`, and what is wrong with its files.
    init(directory: String, for student: PretrainedModel) throws {
        model = try PretrainedModel(directory: directory)
        func refuse(_ problem: String) -> CompressionError { .teacher(directory, problem: problem) }
        let (theirs, own) = (model.configuration.labels, student.configuration.labels)
        if theirs.count != own.count { throw refuse("it has \(theirs.count) labels, the student \(own.count)") }
        if theirs != own, Set(theirs) == Set(own) {
            throw refuse(
                "its labels are \(theirs.joined(separator: ", ")) in this order, the student's \(own.joined(separator: ", "))"
            )
        }
        guard let network = model.network as? any ObservableTransformer else {
            throw refuse("it is a \(model.configuration.architecture.className)")
        }
        self.network = network
    }

    /// The task of learning from this teacher, and what learns.
    ///
    /// From here on the teacher only runs: its weights are laid out for that.
    /// - Parameters:
    ///   - own: the network of `student`.
    ///   - layers: the teacher's layers that the student's were, if they were.
    ///   - training: the run, whose seed decides how a projection begins.
    ///   - identity: what tells the run from others; nil where the caller sees to that.
    /// - Throws: `CompressionError.teacher` when it does not know what the student learns from, or computes something
    ///   of another shape.
    func task<Task: DistillableTask>(
        _ task: Task, teaching own: Task.Model, of student: PretrainedModel, keeping layers: [Int]?,
        options: DistillationOptions,
        training: FineTuning, identity: String? = nil
    ) throws -> (task: DistillationTask<Task>, learner: DistilledStudent<Task.Model>) {
        try check(task, own, student, options)
        if task.outputKind == .tokens { try checkTokenizer(training.tokenizerDirectory) }
        let needsMap = options.attentionWeight != 0 || options.hiddenWeight != 0
        let map = needsMap ? try layerMap(student, keeping: layers) : LayerMap(attention: [], hidden: [0])
        let widths = (student: student.hiddenSize, teacher: model.hiddenSize),
            isMet = widths.student == widths.teacher || options.hiddenWeight == 0
        let learner = withRandomSource(RandomSource(seed: training.options.seed)) {
            DistilledStudent(own, widths: isMet ? nil : widths)
        }
        let steps = try training.options.plan(exampleCount: task.exampleCount, exampleLength: task.exampleLength)
            .totalSteps
        guard let teaching = network as? any ObservableTransformer<Task.Model.Input> else {
            throw refuse("it is a \(model.configuration.architecture.className)")
        }
        teaching.packWeights(.float32)
        let loss = DistillationLoss(map, options: options, outputs: task.outputKind)
        return (DistillationTask(task, teacher: teaching, loss, totalSteps: steps, identity: identity), learner)
    }

    private func refuse(_ problem: String, _ cures: [Cure] = []) -> CompressionError {
        .teacher(model.directory ?? "", problem: problem, cures: cures)
    }

    /// Makes sure that the teacher reads what the student reads, and that what the loss compares is of one shape.
    private func check<Task: DistillableTask>(
        _ task: Task, _ own: Task.Model, _ student: PretrainedModel, _ options: DistillationOptions
    ) throws(CompressionError) {
        let tokens = (theirs: network as? any TokenTransformer, own: own as? any TokenTransformer)
        if task.outputKind == .tokens, let theirs = tokens.theirs?.vocabularySize, let own = tokens.own?.vocabularySize,
            theirs != own
        {
            throw refuse("its vocabulary has \(theirs) tokens, the student's \(own); they must have the same tokenizer")
        }
        do throws(TaskError) { try task.check(for: network) } catch {
            throw refuse(
                "it does not \(tokens.own == nil ? "take the student's images" : "know the student's tokens"): \(error)"
            )
        }
        if let longest = task.longestExample, let limit = tokens.theirs?.longestSequence, longest > limit {
            throw refuse(
                "it takes \(limit) tokens, and a text has \(longest); cut texts to \(limit)", [.maximumLength(limit)])
        }
        let theirs = Set(model.headCounts), own = Set(student.headCounts)
        if options.attentionWeight != 0, theirs != own || own.count > 1 {
            throw refuse(
                "attention scores of \(theirs.sorted()) heads cannot be compared with \(own.sorted()) of the student; leave the attention out of the loss",
                [.noAttentionLoss])
        }
    }

    /// Makes sure that an id means the same to both, as far as the teacher has a tokenizer.
    private func checkTokenizer(_ directory: String?) throws(CompressionError) {
        guard let directory, let own = try? Tokenizer(directory: directory), let path = model.directory,
            let theirs = try? Tokenizer(directory: path)
        else { return }
        if own.fingerprint != theirs.fingerprint {
            throw refuse("its tokenizer has other tokens than that in \(directory)")
        }
    }

    private func layerMap(_ student: PretrainedModel, keeping layers: [Int]?) throws(CompressionError) -> LayerMap {
        let (own, theirs) = (student.layerCount, model.layerCount)
        if let layers, layers.allSatisfy({ $0 < theirs }) { return LayerMap(keeping: layers) }
        guard own > 0, theirs % own == 0 else {
            throw refuse("its \(theirs) layers are no multiple of the student's \(own)")
        }
        return LayerMap(studentLayers: own, teacherLayers: theirs)
    }
}

extension PretrainedModel {
    /// Layers of a transformer; 0 for other networks.
    package var layerCount: Int { (network as? any LayerStack)?.transformerLayers.count ?? 0 }

    /// Heads of each attention.
    fileprivate var headCounts: [Int] { network.namedModules.compactMap { ($0.module as? any HeadCounting)?.heads } }

    /// Values per token of a transformer; 0 for other networks.
    fileprivate var hiddenSize: Int { (network as? any LayerStack)?.hiddenSize ?? 0 }
}
