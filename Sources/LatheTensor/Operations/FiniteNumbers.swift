/// An element of a tensor that is NaN or infinite.
package struct NonFiniteElement: Equatable, Sendable {
    /// The element's place, outermost axis first; empty for a tensor of one number without axes.
    package let index: [Int]
    /// NaN or an infinity.
    package let value: Float
    /// How many elements of the tensor are not finite.
    package let count: Int

    package static func == (left: Self, right: Self) -> Bool {
        left.index == right.index && left.value.bitPattern == right.value.bitPattern && left.count == right.count
    }

    /// `NaN at [0, 5]`, and how many more there are.
    package var description: String {
        let name = value.isNaN ? "NaN" : value > 0 ? "infinity" : "-infinity",
            place = index.isEmpty ? "" : " at \(index)"
        return name + place + (count > 1 ? " and \(count - 1) more values that are not finite" : "")
    }
}

extension NonFiniteElement: CustomStringConvertible {}

extension Tensor {
    /// The first element that is NaN or infinite; `nil` if all are finite, or integers.
    ///
    /// One pass by the kernel that finds the largest magnitude, on all threads; only a tensor that has such an element
    /// is searched for it.
    package var firstNonFinite: NonFiniteElement? {
        guard dtype.isFloatingPoint else { return nil }
        var first: (offset: Int, value: Float)?, count = 0
        for (start, values) in floatPieces where !values.largestMagnitude().isFinite {
            values.withUnsafeBytes { bytes in
                let numbers = bytes.bindMemory(to: Float.self)
                count += numbers.count { !$0.isFinite }
                if first == nil { first = numbers.firstIndex { !$0.isFinite }.map { (start + $0, numbers[$0]) } }
            }
        }
        return first.map { NonFiniteElement(index: place(of: $0.offset), value: $0.value, count: count) }
    }

    /// The sum of the squared differences from `other`, a float tensor of the same shape, in memory for a few million
    /// elements.
    package func squaredDistance(to other: Tensor) -> Double {
        zip(floatPieces, other.floatPieces).reduce(0) { $0 + Double(($1.0.values - $1.1.values).sumOfSquares()) }
    }

    /// The elements as float32, a few million at a time: floats as they are, others in copies that are short of the
    /// whole.
    var floatPieces: some Sequence<(start: Int, values: Tensor)> {
        let flat = detached.reshaped([elementCount]), length = 1 << 22
        return stride(from: 0, to: elementCount, by: length).lazy.map { start in
            (start, flat.sliced(start..<Swift.min(start + length, flat.elementCount)).converted(to: .float32))
        }
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
