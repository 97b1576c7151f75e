/// An optimizer with the two constants of running averages, which a schedule may change before each step.
package protocol MomentumOptimizer: RestorableOptimizer {
    /// How slowly the averages of the gradient, and of its square, change.
    var betas: (Float, Float) { get set }
}
