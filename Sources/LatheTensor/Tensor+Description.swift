extension Tensor: CustomStringConvertible {
    /// The elements that a description shows at most.
    private static let shownCount = 8

    /// The shape, the type and the first elements in row-major order: `Tensor [2, 3] float32: 0.5, 1.0, 1.5, …`.
    public var description: String {
        let count = min(elementCount, Self.shownCount), title = "Tensor \(shape) \(dtype.rawValue)"
        if count == 0 { return title }
        let values = detached.reshaped([elementCount]).sliced(0..<count).elementTexts
        return title + ": " + (values + (elementCount > count ? ["…"] : [])).joined(separator: ", ")
    }

    private var elementTexts: [String] {
        if dtype == .bool { return boolArray.map { "\($0)" } }
        if dtype.isFloatingPoint { return converted(to: .float32).floatArray.map { "\($0)" } }
        return converted(to: .int64).withUnsafeBytes { $0.bindMemory(to: Int64.self).map { "\($0)" } }
    }
}
