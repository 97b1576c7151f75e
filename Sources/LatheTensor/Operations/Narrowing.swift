import LatheFiles

/// A finite number that would become infinite in a type with fewer bits.
public struct NarrowingError: DescribedError, Equatable, Sendable {
    /// The file that has the tensor; `nil` for a tensor in memory.
    public let file: String?
    /// The tensor's name.
    public let tensor: String
    /// The number of the largest magnitude.
    public let value: Float
    /// The type that cannot hold it.
    public let type: DType

    /// The same error for a tensor of a file.
    package func inFile(_ file: String) -> NarrowingError {
        NarrowingError(file: file, tensor: tensor, value: value, type: type)
    }

    public var description: String {
        let place = (file.map { "\($0): " } ?? "") + MessageText.plain(tensor)
        return
            "\(place): \(value) is beyond the largest number of \(type.rawValue); keep the type of the file, or choose a type with a larger range"
    }
}

extension Tensor {
    /// Returns the elements in the floating-point type `type`, in which each finite one stays finite.
    ///
    /// It costs one pass that finds the largest magnitude.
    /// - Parameters:
    ///   - type: a floating-point type.
    ///   - name: the tensor's name in the error.
    /// - Throws: `NarrowingError`.
    public func narrowed(to type: DType, named name: String) throws(NarrowingError) -> Tensor {
        precondition(type.isFloatingPoint, "\(name) in \(type)")
        try checkNarrowing(to: type, named: name)
        return cast(to: type)
    }

    /// Throws for a finite element that would be infinite in `type`.
    func checkNarrowing(to type: DType, named name: String) throws(NarrowingError) {
        if let value = finiteElement(beyond: type) {
            throw NarrowingError(file: nil, tensor: name, value: value, type: type)
        }
    }

    /// The finite element of the largest magnitude if it would be infinite in `type`.
    private func finiteElement(beyond type: DType) -> Float? {
        guard type != dtype, type != .float32 else { return nil }
        // The smallest magnitudes that round to infinity.
        let limit: Float = type == .float16 ? 65_520 : 0x1.FFp127
        var largest: Float?
        // NaN compares false, and may be beside finite elements.
        for (_, values) in floatPieces where !(values.largestMagnitude() < limit) {
            let found = values.withUnsafeBytes { bytes in
                bytes.bindMemory(to: Float.self).lazy.filter { $0.isFinite && $0.magnitude >= limit }.max {
                    $0.magnitude < $1.magnitude
                }
            }
            largest = [largest, found].compactMap { $0 }.max { $0.magnitude < $1.magnitude }
        }
        return largest
    }
}
