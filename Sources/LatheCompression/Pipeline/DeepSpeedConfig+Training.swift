import LatheNN
import LatheTasks
import LatheTensor

extension DeepSpeedConfig {
    /// Puts what the config says about training into `options`; what it does not say stays as it is there. A rate that falls reaches its lowest at the last
    /// step of the training, whatever `total_num_steps` says.
    public func apply(to options: inout TrainingOptions) {
        if let batch { (options.batchSize, options.accumulation) = (batch.train, batch.accumulation) }
        if let gradientClip { options.gradientClip = gradientClip == 0 ? nil : Float(gradientClip) }
        if let optimizer {
            options.method = optimizer.method
            options.learningRate = Float(optimizer.learningRate)
            options.weightDecay = Float(optimizer.weightDecay)
        }
        if let scheduler {
            options.learningRate = Float(scheduler.highestRate)
            options.lowestRate = Float(scheduler.lowestRate)
            options.warmUp = .steps(scheduler.warmupSteps)
            options.rise = scheduler.rise
            options.course = scheduler.course == .constant ? .constant : .linear
        }
        options.precision = precision
    }
}
