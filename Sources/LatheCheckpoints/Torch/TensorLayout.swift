import LatheTensor

/// How a tensor's elements lie in its storage, checked against the size of the storage.
struct TensorLayout {
    /// The most elements that a tensor may have when its storage has fewer.
    static let expansionLimit = 1 << 20

    let entry: CheckpointEntry
    /// The storage's bytes in the file.
    let storage: Range<Int>
    private let elementOffset: Int
    private let strides: [Int]
    /// Whether the elements follow one another in row-major order.
    private let isContiguous: Bool

    /// Checks that `tensor` lies in a storage at `storage`.
    init(_ tensor: PickleTensor, name: String, storage: Range<Int>, file: String) throws(CheckpointError) {
        let width = tensor.type.byteWidth
        let available = storage.count / width
        let impossible = CheckpointError.impossibleShape(
            file: file, tensor: name, shape: tensor.shape, strides: tensor.strides)
        guard tensor.elementOffset >= 0, tensor.shape.count == tensor.strides.count,
            tensor.shape.allSatisfy({ $0 >= 0 }), tensor.strides.allSatisfy({ $0 >= 0 })
        else { throw impossible }
        // Sizes of 0 count as 1, so that nothing computed from the shape later can overflow.
        var bound = width
        for size in tensor.shape {
            guard case let (product, overflow) = bound.multipliedReportingOverflow(by: max(size, 1)), !overflow else {
                throw impossible
            }
            bound = product
        }
        let count = tensor.shape.contains(0) ? 0 : bound / width
        var isContiguous = true
        if count > 0 {
            var last = tensor.elementOffset
            var expectedStride = 1
            for (size, stride) in zip(tensor.shape, tensor.strides).reversed() where size > 1 {
                let (distance, overflow) = (size - 1).multipliedReportingOverflow(by: stride)
                let (sum, sumOverflow) = last.addingReportingOverflow(distance)
                guard !overflow, !sumOverflow else {
                    throw .beyondStorage(file: file, tensor: name, expected: available, got: nil)
                }
                last = sum
                isContiguous = isContiguous && stride == expectedStride
                expectedStride *= size
            }
            guard last < available else {
                throw .beyondStorage(file: file, tensor: name, expected: available, got: last)
            }
            guard count <= max(available, Self.expansionLimit) else {
                throw .expandedTooFar(file: file, tensor: name, expected: available, got: count)
            }
        }
        entry = CheckpointEntry(name: name, shape: tensor.shape, storedType: tensor.type)
        self.storage = storage
        elementOffset = tensor.elementOffset
        strides = tensor.strides
        self.isContiguous = isContiguous
    }

    /// The tensor, from the bytes of the whole file, which `owner` keeps alive.
    func tensor(in bytes: UnsafeRawBufferPointer, file: String, owner: AnyObject) throws(CheckpointError) -> Tensor {
        let elements = StoredElements(file: file, tensor: entry.name, type: entry.storedType, shape: entry.shape)
        return try withElements(in: bytes) { (slice) throws(CheckpointError) in
            isContiguous && !slice.isEmpty
                ? try elements.tensor(borrowing: slice, owner: owner) : try elements.tensor(copying: slice)
        }
    }

    /// Gives `body` the elements in row-major order: those in the file if they lie so, else a copy.
    func withElements<Result, Failure: Error>(
        in bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let width = entry.storedType.byteWidth, count = entry.elementCount
        guard count > 0 else { return try body(UnsafeRawBufferPointer(start: nil, count: 0)) }
        let start = storage.lowerBound + elementOffset * width
        if isContiguous { return try body(UnsafeRawBufferPointer(rebasing: bytes[start..<start + count * width])) }
        let gathered = UnsafeMutableRawBufferPointer.allocate(byteCount: count * width, alignment: 8)
        defer { gathered.deallocate() }
        gather(UnsafeRawBufferPointer(rebasing: bytes[start..<storage.upperBound]), into: gathered)
        return try body(UnsafeRawBufferPointer(gathered))
    }

    /// Whether another tensor has the very same elements in the same shape.
    func hasElements(of other: TensorLayout) -> Bool {
        entry.elementCount > 0 && storage == other.storage && elementOffset == other.elementOffset
            && strides == other.strides
            && entry.shape == other.entry.shape && entry.storedType == other.entry.storedType
    }

    /// Copies the elements in row-major order.
    private func gather(_ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) {
        switch entry.storedType.byteWidth {
        case 1: gather(source, into: target, UInt8.self)
        case 2: gather(source, into: target, UInt16.self)
        case 4: gather(source, into: target, UInt32.self)
        default: gather(source, into: target, UInt64.self)
        }
    }

    private func gather<Element: BitwiseCopyable>(
        _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer, _ type: Element.Type
    ) {
        let width = MemoryLayout<Element>.size
        let shape = entry.shape
        var place = [Int](repeating: 0, count: shape.count)
        var element = 0
        for index in 0..<entry.elementCount {
            let value = source.loadUnaligned(fromByteOffset: element * width, as: type)
            target.storeBytes(of: value, toByteOffset: index * width, as: type)
            for axis in shape.indices.reversed() {
                place[axis] += 1
                element += strides[axis]
                if place[axis] < shape[axis] { break }
                element -= strides[axis] * shape[axis]
                place[axis] = 0
            }
        }
    }
}
