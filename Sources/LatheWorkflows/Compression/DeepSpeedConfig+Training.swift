import LatheCompression
import LatheTraining

extension DeepSpeedConfig {
    /// Puts what the config says about training into `options`; what it does not say, or leaves to the program with
    /// `"auto"`, stays as it is there. A rate that falls reaches its lowest at the last step of the training, whatever
    /// `total_num_steps` says.
    public func apply(to options: inout TrainingOptions) {
        if let batch { (options.batchSize, options.accumulation) = (batch.train, batch.accumulation) }
        if let gradientClip { options.gradientClip = gradientClip == 0 ? nil : Float(gradientClip) }
        if let optimizer { apply(optimizer, to: &options) }
        if let scheduler { apply(scheduler, to: &options) }
        if let curriculum { options.curriculum = curriculum }
        options.precision = precision
    }

    private func apply(_ optimizer: OptimizerSettings, to options: inout TrainingOptions) {
        options.method = optimizer.method
        if !isAutomatic("optimizer.params.lr") { options.learningRate = Float(optimizer.learningRate) }
        if !isAutomatic("optimizer.params.weight_decay") { options.weightDecay = Float(optimizer.weightDecay) }
    }

    private func apply(_ scheduler: SchedulerSettings, to options: inout TrainingOptions) {
        // Without an optimizer's rate, it is DeepSpeed's.
        let isAutomatic =
            isAutomatic("scheduler.params.warmup_max_lr")
            || scheduler.usesOptimizerRate && self.isAutomatic("optimizer.params.lr")
        if !isAutomatic, !scheduler.usesOptimizerRate || optimizer == nil {
            options.learningRate = Float(scheduler.highestRate)
        }
        if !self.isAutomatic("scheduler.params.warmup_min_lr") { options.lowestRate = Float(scheduler.lowestRate) }
        if !self.isAutomatic("scheduler.params.warmup_num_steps") {
            (options.warmUp, options.allowsLongWarmUp) = (.steps(scheduler.warmupSteps), true)
        }
        if scheduler.warmupStart > 0 { options.warmupStart = scheduler.warmupStart }
        options.rise = scheduler.rise
        options.course = scheduler.trainingCourse
    }

    private func isAutomatic(_ key: String) -> Bool { automaticKeys.contains(key) }
}
