/// In what arithmetic matrix products multiply. Sums, weights and all other operations stay f32.
public enum Precision: String, Sendable, CaseIterable {
    case float32, bfloat16
}

/// How operations and layers run: what is recorded, in what precision, and whether this is training.
public struct Execution: Sendable {
    /// The setting in force for the running task.
    @TaskLocal public static var current = Execution()

    /// Whether operations on tensors that need gradients are recorded for `backward()`.
    public var recordsGradients = true
    /// The arithmetic of matrix products; `nil` for the usual one of each: bf16 in attention whose options name it,
    /// otherwise float32.
    public var precision: Precision?
    /// Whether layers behave as in training: dropout drops, batch normalisation uses and updates the statistics of the
    /// batch.
    public var isTraining = false
    /// Whether tensors of random numbers are filled; otherwise their memory stays as it is, and the source moves on all
    /// the same.
    public internal(set) var drawsRandomNumbers = true

    public init() {}
}

/// Runs `body` with tensors of random numbers left as memory came: for a network whose weights are read from a file
/// next.
public func withoutRandomNumbers<Result>(_ body: () throws -> Result) rethrows -> Result {
    var execution = Execution.current
    execution.drawsRandomNumbers = false
    return try Execution.$current.withValue(execution, operation: body)
}

/// Runs `body` without recording anything for `backward()`: inference mode.
public func withoutGradients<Result>(_ body: () throws -> Result) rethrows -> Result {
    var execution = Execution.current
    execution.recordsGradients = false
    return try Execution.$current.withValue(execution, operation: body)
}

/// Runs `body` with matrix products in `precision`, or in the usual arithmetic of each for `nil`. Call `backward()`
/// inside as well, so that it computes alike.
public func withPrecision<Result>(_ precision: Precision?, _ body: () throws -> Result) rethrows -> Result {
    var execution = Execution.current
    execution.precision = precision
    return try Execution.$current.withValue(execution, operation: body)
}

/// Runs `body` with layers behaving as in training.
public func withTraining<Result>(_ body: () throws -> Result) rethrows -> Result {
    var execution = Execution.current
    execution.isTraining = true
    return try Execution.$current.withValue(execution, operation: body)
}

/// Runs `body` as inference: layers behave as in evaluation, and nothing is recorded for `backward()`.
public func withInference<Result>(_ body: () throws -> Result) rethrows -> Result {
    var execution = Execution.current
    execution.isTraining = false
    execution.recordsGradients = false
    return try Execution.$current.withValue(execution, operation: body)
}
