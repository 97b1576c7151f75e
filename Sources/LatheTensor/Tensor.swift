/// A dense, row-major array of numbers.
///
/// A tensor is a value: operations return new tensors and never change an existing one. Reshaping and slicing along the
/// first axis share memory. Mixing up shapes or types is a programmer's mistake and traps with a message.
public struct Tensor {
    /// The size of each axis; empty for a single number.
    public let shape: [Int]
    /// The type of the elements.
    public let dtype: DType
    var storage: Storage
    /// Where the first element stands in `storage`, in bytes.
    let byteOffset: Int
    /// How this tensor was computed, if gradients may be asked for.
    var origin: Origin?

    init(shape: [Int], dtype: DType, storage: Storage, byteOffset: Int = 0, origin: Origin? = nil) {
        self.shape = shape
        self.dtype = dtype
        self.storage = storage
        self.byteOffset = byteOffset
        self.origin = origin
    }

    /// Memory for a result that is about to be computed.
    init(uninitialized shape: [Int], dtype: DType = .float32) {
        self.init(shape: shape, dtype: dtype, storage: Storage(byteCount: shape.elementCount * dtype.byteWidth))
    }

    /// The number of axes.
    public var rank: Int { shape.count }
    /// The number of elements.
    public var elementCount: Int { shape.elementCount }
    /// Bytes that the elements take.
    public var byteCount: Int { elementCount * dtype.byteWidth }
    /// Whether `backward()` would reach something through this tensor.
    public var needsGradient: Bool { origin != nil }

    /// The same values, cut off from how they were computed.
    public var detached: Tensor { Tensor(shape: shape, dtype: dtype, storage: storage, byteOffset: byteOffset) }
}

extension Array where Element == Int {
    /// The product of the sizes: how many elements a tensor of this shape has.
    public var elementCount: Int { reduce(1, *) }
}

// MARK: - Making tensors

extension Tensor {
    /// A float32 tensor of the given values in row-major order.
    public init(_ values: [Float], shape: [Int]? = nil) {
        self.init(copying: values, shape: shape, dtype: .float32)
    }

    /// An int32 tensor of the given values in row-major order.
    public init(_ values: [Int32], shape: [Int]? = nil) {
        self.init(copying: values, shape: shape, dtype: .int32)
    }

    /// A boolean tensor of the given values in row-major order.
    public init(_ values: [Bool], shape: [Int]? = nil) {
        self.init(copying: values.map { UInt8($0 ? 1 : 0) }, shape: shape, dtype: .bool)
    }

    /// A float32 tensor of shape `[]`.
    public init(_ value: Float) {
        self.init([value], shape: [])
    }

    /// A tensor with the bytes of `bytes`, which hold elements of type `dtype` in row-major, native order.
    public init(bytes: UnsafeRawBufferPointer, shape: [Int], dtype: DType) {
        self.init(uninitialized: shape, dtype: dtype)
        precondition(
            bytes.count == byteCount, "\(bytes.count) bytes given for \(shape) of \(dtype), which takes \(byteCount)")
        guard let source = bytes.baseAddress else { return }
        rawElements.withPointer { $0.copyMemory(from: source, byteCount: bytes.count) }
    }

    /// A tensor over bytes that `owner` keeps alive, such as a mapped file; nothing is copied. `bytes` must be aligned
    /// for `dtype`.
    public init(borrowing bytes: UnsafeRawBufferPointer, shape: [Int], dtype: DType, owner: AnyObject) {
        precondition(
            bytes.count == shape.elementCount * dtype.byteWidth, "\(bytes.count) bytes given for \(shape) of \(dtype)")
        let storage = bytes.isEmpty ? Storage(byteCount: 0) : Storage(borrowing: bytes, owner: owner)
        self.init(shape: shape, dtype: dtype, storage: storage)
    }

    /// A float32 tensor whose elements `body` writes, all of them, in row-major order.
    package init(shape: [Int], writing body: (UnsafeMutablePointer<Float>) -> Void) {
        self.init(uninitialized: shape)
        withPointer(body)
    }

    /// A tensor whose bytes `body` writes, all of them.
    /// - Throws: what `body` throws.
    package init<Failure>(
        shape: [Int], dtype: DType, writing body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        self.init(uninitialized: shape, dtype: dtype)
        let byteCount = byteCount
        try rawElements.withPointer { (start) throws(Failure) in
            try body(UnsafeMutableRawBufferPointer(start: start, count: byteCount))
        }
    }

    private init<Element: BitwiseCopyable>(copying values: [Element], shape: [Int]?, dtype: DType) {
        let shape = shape ?? [values.count]
        precondition(shape.elementCount == values.count, "\(values.count) values given for shape \(shape)")
        self = values.withUnsafeBytes { Tensor(bytes: $0, shape: shape, dtype: dtype) }
    }

    /// A float32 tensor with every element `value`.
    public static func full(_ shape: [Int], _ value: Float) -> Tensor {
        let result = Tensor(uninitialized: shape)
        result.fill(value)
        return result
    }

    /// A float32 tensor of zeros.
    public static func zeros(_ shape: [Int]) -> Tensor { full(shape, 0) }

    /// Zeros in memory of their own, for what outlives a training step (an optimizer's state): taking none of the
    /// buffers that the pool keeps, it leaves them to the next step.
    public static func longLivedZeros(_ shape: [Int]) -> Tensor {
        let storage = Storage(byteCount: shape.elementCount * DType.float32.byteWidth, isLongLived: true)
        let result = Tensor(shape: shape, dtype: .float32, storage: storage)
        result.fill(0)
        return result
    }

    private func fill(_ value: Float) {
        withPointer { y in
            Parallel.forEach(elementCount, grain: Parallel.elementGrain) { range in
                Kernels.active.pointee.fill(Int64(range.count), value, y + range.lowerBound)
            }
        }
    }

    /// A float32 tensor of ones.
    public static func ones(_ shape: [Int]) -> Tensor { full(shape, 1) }

    /// Uniform random numbers in `range`.
    public static func randomUniform(_ shape: [Int], in range: Range<Float>, from source: RandomSource = .current)
        -> Tensor
    {
        random(shape, from: source) { state, count, y in
            Kernels.active.pointee.random_uniform(count, state.seed, state.block, range.lowerBound, range.upperBound, y)
        }
    }

    /// Normally distributed random numbers.
    public static func randomNormal(
        _ shape: [Int], mean: Float = 0, deviation: Float = 1, from source: RandomSource = .current
    ) -> Tensor {
        random(shape, from: source) { state, count, y in
            Kernels.active.pointee.random_normal(count, state.seed, state.block, mean, deviation, y)
        }
    }

    private static func random(
        _ shape: [Int], from source: RandomSource,
        fill: (RandomSource.State, Int64, UnsafeMutablePointer<Float>) -> Void
    ) -> Tensor {
        let result = Tensor(uninitialized: shape)
        let start = source.reserve(result.elementCount)
        guard Execution.current.drawsRandomNumbers else { return result }
        result.withPointer { y in
            Parallel.forEach(result.elementCount, grain: Parallel.elementGrain) { range in
                var state = start
                state.block += UInt64(range.lowerBound / 64)
                fill(state, Int64(range.count), y + range.lowerBound)
            }
        }
        return result
    }
}

// MARK: - Reading tensors

extension Tensor {
    /// Whether the memory may be written because nobody else sees it.
    mutating func isMemoryExclusive() -> Bool {
        !storage.isBorrowed && isKnownUniquelyReferenced(&storage)
    }

    /// Calls `body` with the elements as they lie in memory.
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try rawElements.withPointer { try body(UnsafeRawBufferPointer(start: $0, count: byteCount)) }
    }

    /// Whether type, shape and every byte are the same.
    public func isIdentical(to other: Tensor) -> Bool {
        guard dtype == other.dtype, shape == other.shape else { return false }
        return withUnsafeBytes { left in other.withUnsafeBytes { left.elementsEqual($0) } }
    }

    /// The elements as an array, converted to Float where they are another type.
    public var floatArray: [Float] {
        let source = converted(to: .float32)
        OutOfMemory.checkRoom(for: source.byteCount)
        return source.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    }

    /// The elements of an int32 tensor as an array.
    public var int32Array: [Int32] {
        precondition(dtype == .int32, "int32 expected, got \(dtype)")
        return withUnsafeBytes { Array($0.bindMemory(to: Int32.self)) }
    }

    /// The elements of a boolean tensor as an array.
    public var boolArray: [Bool] {
        precondition(dtype == .bool, "bool expected, got \(dtype)")
        return withUnsafeBytes { $0.map { $0 != 0 } }
    }

    /// The only element of a tensor that has one.
    public var scalar: Float {
        precondition(elementCount == 1, "one element expected, got shape \(shape)")
        return floatArray[0]
    }

    /// An axis counted from the front; negative ones count from the back.
    func axis(_ axis: Int) -> Int {
        let resolved = axis < 0 ? axis + rank : axis
        precondition(resolved >= 0 && resolved < rank, "axis \(axis) of a tensor of shape \(shape)")
        return resolved
    }
}
