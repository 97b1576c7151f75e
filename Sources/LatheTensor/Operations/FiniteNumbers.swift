/// An element of a tensor that is NaN or infinite.
public struct NonFiniteElement: Equatable, Sendable {
    /// The element's place, outermost axis first; empty for a tensor of one number without axes.
    public let index: [Int]
    /// NaN or an infinity.
    public let value: Float
    /// How many elements of the tensor are not finite.
    public let count: Int

    public static func == (left: Self, right: Self) -> Bool {
        left.index == right.index && left.value.bitPattern == right.value.bitPattern && left.count == right.count
    }

    /// `NaN at [0, 5]`, and how many more there are.
    public var description: String {
        let name = value.isNaN ? "NaN" : value > 0 ? "infinity" : "-infinity", place = index.isEmpty ? "" : " at \(index)"
        return name + place + (count > 1 ? " and \(count - 1) more values that are not finite" : "")
    }
}

extension NonFiniteElement: CustomStringConvertible {}

extension Tensor {
    /// The first element that is NaN or infinite; `nil` if all are finite, or integers.
    ///
    /// One pass by the kernel that finds the largest magnitude, on all threads; only a tensor that has such an element is searched for it.
    public var firstNonFinite: NonFiniteElement? {
        guard dtype.isFloatingPoint else { return nil }
        let values = converted(to: .float32)
        guard !values.largestMagnitude().isFinite else { return nil }
        let found: (first: Int, count: Int)? = values.withUnsafeBytes { bytes in
            let numbers = bytes.bindMemory(to: Float.self)
            return numbers.firstIndex { !$0.isFinite }.map { ($0, numbers[$0...].count { !$0.isFinite }) }
        }
        guard let found else { return nil }
        let value = values.withUnsafeBytes { $0.bindMemory(to: Float.self)[found.first] }
        return NonFiniteElement(index: place(of: found.first), value: value, count: found.count)
    }

    /// The place of the element number `offset`, outermost axis first.
    func place(of offset: Int) -> [Int] {
        var rest = offset, place: [Int] = []
        for size in shape.reversed() {
            place.append(rest % size)
            rest /= size
        }
        return place.reversed()
    }
}
