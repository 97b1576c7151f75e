/// In what arithmetic matrix products multiply. Sums, weights and all other operations stay f32.
public enum Precision: String, Sendable, CaseIterable {
    case float32, bfloat16
}

/// How operations run: whether gradients are recorded, and in what precision matrix products multiply.
public struct Execution: Sendable {
    /// The setting in force for the running task.
    @TaskLocal public static var current = Execution()

    /// Whether operations on tensors that need gradients are recorded for `backward()`.
    public var recordsGradients = true
    /// The arithmetic of matrix products.
    public var precision = Precision.float32

    public init() {}
}

/// Runs `body` without recording anything for `backward()`: inference mode.
public func withoutGradients<Result>(_ body: () throws -> Result) rethrows -> Result {
    var execution = Execution.current
    execution.recordsGradients = false
    return try Execution.$current.withValue(execution, operation: body)
}

/// Runs `body` with matrix products in `precision`. Call `backward()` inside as well, so that it computes alike.
public func withPrecision<Result>(_ precision: Precision, _ body: () throws -> Result) rethrows -> Result {
    var execution = Execution.current
    execution.precision = precision
    return try Execution.$current.withValue(execution, operation: body)
}
