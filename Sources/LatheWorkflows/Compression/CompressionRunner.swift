import LatheCheckpoints
import LatheCompression
import LatheFiles
import LatheModels
import LatheNN
import LathePacking
import LatheTensor
import LatheTraining

/// One compression on its way: teacher, student, training, cleaning, saving.
struct CompressionRunner {
    let request: CompressionRequest
    let shouldStop: () -> Bool
    let report: (CompressionRequest.Event) -> Void

    /// The file with the best model while it is still under compression, in the directory of the training run.
    private static let bestFile = "best.safetensors"
    /// What that file says it belongs to.
    private static let identityKey = "lathe.compression"

    /// Compresses a model, which learns from a teacher if the request asks for it.
    func runWithTeacher<Opened: DistillableOpenedTask>(_ opened: Opened) throws -> CompressionRequest.Summary {
        guard let options = request.distillation else { return try run(opened) }
        let task = opened.task, model = opened.model
        let teacher = try openTeacher(like: model), student = try makeStudent(of: model)
        guard let own = student.network as? Opened.Task.Model else { preconditionFailure("a student of another class") }
        func measure(_ network: any Module) throws -> Evaluation? { try Self.score(network, on: task) }
        let batch = task.probeBatch(for: own)
        let reduction = request.config.compression.layerReduction,
            parametersOfTeacher = teacher.model.network.parameterCount
        let (distilled, learner) = try teacher.task(
            task, teaching: own, of: student, keeping: reduction.isEnabled ? reduction.teacherLayers : nil,
            options: options,
            training: request.training)
        let measured = try request.teacher.map { directory in
            let evaluation = try measure(teacher.network)
            let byteCount = try CompressionStage.byteCount(in: directory)
            return CompressionStage(.teacher, evaluation, byteCount: byteCount, parameterCount: parametersOfTeacher)
        }
        return try compress(
            distilled, learner, student, before: model, watching: batch, teacher: measured, measure: measure,
            didReach: distilled.didReach)
    }

    /// Compresses a model that learns from labels alone.
    func run<Opened: OpenedTask>(_ opened: Opened) throws -> CompressionRequest.Summary {
        if request.distillation != nil { throw CompressionError.noDistillation(task: request.training.task.name) }
        let task = opened.task, model = opened.model, student = try makeStudent(of: model)
        guard let own = student.network as? Opened.Task.Model else { preconditionFailure("a student of another class") }
        return try compress(task, own, student, before: model, watching: task.probeBatch(for: own)) {
            try Self.score($0, on: task)
        }
    }

    /// What a network of the task's class scores; nil for others, and where there is nothing to measure with.
    private static func score<Task: TrainingTask>(_ network: any Module, on task: Task) throws -> Evaluation? {
        try (network as? Task.Model).flatMap { network in try withInference { try task.evaluate(network) } }
    }

    // MARK: Teacher and student

    private func openTeacher(like model: PretrainedModel) throws -> Teacher {
        guard let directory = request.teacher ?? model.directory else { throw CompressionError.randomWeights }
        return try Teacher(directory: directory, for: model)
    }

    private func makeStudent(of model: PretrainedModel) throws -> PretrainedModel {
        guard let reducer = LayerReducer(request.config.compression.layerReduction) else { return model }
        let source = try request.teacher.map { try PretrainedModel(directory: $0) } ?? model
        return reducer.isDone(in: model, teacher: source) ? model : try reducer.student(of: source, like: model)
    }

    // MARK: Training and cleaning

    private func compress<Task: TrainingTask>(
        _ task: Task, _ learner: Task.Model, _ student: PretrainedModel, before: PretrainedModel,
        watching batch: ProbeBatch,
        teacher: CompressionStage? = nil, measure: (any Module) throws -> Evaluation?,
        didReach: @escaping (Int) -> Void = { _ in }
    ) throws -> CompressionRequest.Summary {
        let clock = ContinuousClock.now
        let compression = try withRandomSource(RandomSource(seed: request.training.options.seed)) {
            try Compression(request.config.compression, of: student, scores: request.scores, file: request.configFile)
        }
        var options = request.training.options
        let trainingPlan = try options.plan(exampleCount: task.exampleCount, exampleLength: task.exampleLength),
            steps = trainingPlan.totalSteps
        var summary = CompressionRequest.Summary(
            before: try measure(before.network), stages: teacher.map { [$0] } ?? [],
            plan: CompressionPlan(compression, totalSteps: steps, notes: trainingPlan.warmUpNotes),
            parametersBefore: before.network.parameterCount)
        let teaches = request.distillation != nil && request.teacher == nil,
            byteCount = try before.directory.map(CompressionStage.byteCount)
        let kind = teaches ? CompressionStage.Kind.teacher : .before
        summary.stages.append(
            .init(kind, summary.before, byteCount: byteCount, parameterCount: summary.parametersBefore))
        let data = request.training.scoredData(for: before.network)
        let layersBefore = try LayerStatistics(student.network, watching: batch),
            parametersOfStudent = student.network.parameterCount
        if let data = task.dataSummary { report(.read(data)) }
        report(.planned(summary.plan, student: student, steps: steps))
        compression.attach()
        let taught = request.distillation.map { ", taught by \(request.teacher ?? "itself") with \($0)" } ?? ""
        options.firstBestStep = compression.schedule.firstBestStep(totalSteps: steps)
        let trainingClock = ContinuousClock.now
        summary.result = try train(
            CompressedTask(task, by: compression, as: taught), learner, compression, options, didReach)
        let trainedHere = ContinuousClock.now - trainingClock
        compression.finish(after: try bestStep(summary.result) ?? steps)
        summary.notes = try calibrate(compression, task, learner)
        let best = try summary.result?.best?.evaluation ?? withInference { try task.evaluate(learner) }
        let bestByteCount = try MappedFile(path: request.trainingDirectory + "/" + Self.bestFile).byteCount
        var trainedStage = CompressionStage(
            .student, best, byteCount: bestByteCount, parameterCount: parametersOfStudent)
        trainedStage.time(student, inTurnWith: before.directory)
        summary.stages.append(trainedStage)
        let trained = LayerStatistics.weights(of: student.network)
        let cleaned = try clean(compression, task, learner, student, before.directory, &summary), model = cleaned.model
        var places = [kind: before.directory].compactMapValues { $0 }
        if let teacher = request.teacher { places[.teacher] = teacher }
        try save(cleaned, measure, &summary, timing: places) { summary in
            let layersAfter = try LayerStatistics(
                model.network, floats: request.floats, watching: batch, trained: trained)
            let seconds =
                try trainingSeconds(summary.result) + (ContinuousClock.now - clock - trainedHere) / .seconds(1)
            var record = request.record(
                of: summary, before.directory, options, trainingPlan, scoredOn: data, seconds: seconds)
            (record.layers, record.layerInputs) = (layersAfter.records(before: layersBefore), batch.name)
            return record
        }
        return summary
    }

    /// A model that is ready to be saved, and the outputs that the saved one is compared with.
    private struct Cleaned {
        let model: PretrainedModel
        /// The outputs of the model as it was trained: masked and fake-quantised.
        let outputs: Tensor?
        let hasBorderDifference: Bool
    }

    /// Makes what was learned permanent, and packs it.
    /// - Parameter directory: the model as it was.
    private func clean<Task: TrainingTask>(
        _ compression: Compression, _ task: Task, _ learner: Task.Model, _ student: PretrainedModel,
        _ directory: String?,
        _ summary: inout CompressionRequest.Summary
    ) throws -> Cleaned {
        let outputs = CleaningCheck(student).outputs()
        let cleaned = compression.clean(), model = cleaned.applied(to: student)
        summary.parametersAfter = student.network.parameterCount
        summary.notes += cleaned.notes
        if request.packs {
            let evaluation = try withInference { try task.evaluate(learner) }
            var stage = CompressionStage(.cleaned, evaluation, byteCount: nil, parameterCount: summary.parametersAfter)
            stage.time(model, inTurnWith: directory)
            summary.stages.append(stage)
            summary.notes += cleaned.pack()
        }
        if cleaned.hasBorderDifference {
            summary.notes.append(
                "what removed channels still gave through their normalisation is carried on exactly inside images; at their borders, outputs differ"
            )
        }
        return Cleaned(model: model, outputs: outputs, hasBorderDifference: cleaned.hasBorderDifference)
    }

    /// Puts the model and its record where they go, both or none. What is measured is what is read back from the files.
    /// - Parameter directories: the models of earlier stages, which are timed in turn with the saved one.
    private func save(
        _ cleaned: Cleaned, _ measure: (any Module) throws -> Evaluation?, _ summary: inout CompressionRequest.Summary,
        timing directories: [CompressionStage.Kind: String], record: (CompressionRequest.Summary) throws -> RunRecord
    ) throws {
        try StagedFiles.writeModel(into: request.training.output) { staging in
            try cleaned.model.save(
                to: staging, tokenizerFrom: request.training.tokenizerDirectory, floats: request.floats)
            let saved = try PretrainedModel(directory: staging)
            summary.difference = OutputDifference(
                of: saved, from: cleaned.outputs, floats: request.floats,
                hasBorderDifference: cleaned.hasBorderDifference)
            report(.cleaned(summary.difference))
            summary.after = try measure(saved.network)
            summary.byteCount = try CompressionStage.byteCount(in: staging)
            let kind = request.packs ? CompressionStage.Kind.packed : .cleaned
            summary.stages.append(
                .init(kind, summary.after, byteCount: summary.byteCount, parameterCount: summary.parametersAfter))
            CompressionStage.time(&summary.stages, in: directories.merging([kind: staging]) { $1 })
            try record(summary).write(into: staging)
        }
    }

    /// The step of the best model, in this process or in the one that ended the run; `nil` without evaluations.
    private func bestStep(_ result: TrainingResult?) throws -> Int? {
        if let result { return result.best?.step }
        return try TrainingLog(path: request.trainingDirectory + "/" + TrainingLog.fileName).end?.bestStep
    }

    /// Seconds of training, in this process and in others that the run was resumed from.
    private func trainingSeconds(_ result: TrainingResult?) throws -> Double {
        try result?.seconds ?? TrainingLog(path: request.trainingDirectory + "/" + TrainingLog.fileName).end?.seconds
            ?? 0
    }

    private func train<Task: TrainingTask>(
        _ task: Task, _ learner: Task.Model, _ compression: Compression, _ options: TrainingOptions,
        _ didReach: @escaping (Int) -> Void
    ) throws -> TrainingResult? {
        let directory = request.trainingDirectory
        let output = TrainingOutput<Task.Model>(directory: directory, start: request.training.start) {
            model, directory in
            try ModuleFile.save(model, to: directory + "/" + Self.bestFile, metadata: [Self.identityKey: task.identity])
        }
        var hooks = TrainingHooks()
        hooks.didReach = { step in
            didReach(step)
            let beginning = compression.schedule.techniquesBeginning(at: step)
            if !beginning.isEmpty { report(.began(beginning, step: step)) }
        }
        hooks.willCompute = { step, _ in
            if request.config.compression.weightQuantization.eigenvalue.isVerbose,
                let curvature = compression.lastCurvature, curvature.step == step
            {
                report(.measured(curvature: curvature.eigenvalues, step: step))
            }
        }
        hooks.observe = { report(.training($0)) }
        hooks.shouldStop = shouldStop
        var result: TrainingResult?
        do {
            result = try Trainer(task, options: options).train(
                learner, into: output, hooks: compression.hooks(beside: hooks))
        } catch TrainingError.alreadyFinished {
            // Only cleaning is left to do.
        }
        let best = try SafetensorsFile(path: directory + "/" + Self.bestFile),
            identity = best.metadata[Self.identityKey]
        guard identity == task.identity else {
            throw TrainingError.differentRun(
                checkpoint: best.path, differences: ["\(identity ?? "nothing") in the file, \(task.identity) now"])
        }
        try ModuleFile.load(best, into: learner)
        return result
    }

    /// Examples from which static input ranges are taken that training has not set.
    private static let calibrationCount = 256

    private func calibrate<Task: TrainingTask>(_ compression: Compression, _ task: Task, _ learner: Task.Model) throws
        -> [String]
    {
        guard compression.needsCalibration else { return [] }
        let options = request.training.options, count = min(Self.calibrationCount, task.exampleCount),
            size = max(1, options.batchSize / options.accumulation)
        var random = SplitMix64(seed: options.seed)
        try withRandomSource(RandomSource(seed: options.seed)) {
            try compression.calibrate(stride(from: 0, to: count, by: size)) { start in
                _ = try withInference {
                    try task.loss(of: learner, on: Array(start..<min(start + size, count)), random: &random)
                }
            }
        }
        return ["static input ranges that training did not set are those of the first \(count) training examples"]
    }
}

extension TrainingPlan {
    /// A sentence about a warm-up that the training does not finish.
    fileprivate var warmUpNotes: [String] {
        guard schedule.warmupSteps > totalSteps else { return [] }
        return [
            "the learning rate warms up for \(schedule.warmupSteps) steps, but training has \(totalSteps); it does not reach its highest"
        ]
    }
}
