/// How two shapes combine elementwise: axes are matched from the back, and an axis of size 1 repeats.
struct Broadcast {
    let shape: [Int]
    /// Strides of each operand over `shape` in elements, 0 where it repeats.
    let leftStrides: [Int]
    let rightStrides: [Int]

    init(_ left: [Int], _ right: [Int]) {
        let rank = max(left.count, right.count)
        let a = Array(repeating: 1, count: rank - left.count) + left
        let b = Array(repeating: 1, count: rank - right.count) + right
        shape = zip(a, b).map { a, b in
            precondition(a == b || a == 1 || b == 1, "shapes \(left) and \(right) do not broadcast")
            return a == 1 ? b : a
        }
        leftStrides = Self.strides(a, over: shape)
        rightStrides = Self.strides(b, over: shape)
    }

    /// Calls `body` with the output offset, the operand offsets, the length and the steps (0 or 1) of runs that cover
    /// the whole shape. Each run is contiguous or constant in either operand.
    func forEachRun(
        _ body: (_ offset: Int, _ left: Int, _ right: Int, _ count: Int, _ leftStep: Int, _ rightStep: Int) -> Void
    ) {
        guard shape.elementCount > 0 else { return }
        let inner = innerAxes
        let count = shape[inner...].elementCount
        let leftStep = shape.isEmpty ? 1 : min(leftStrides.last.unsafelyUnwrapped, 1)
        let rightStep = shape.isEmpty ? 1 : min(rightStrides.last.unsafelyUnwrapped, 1)
        var index = Array(repeating: 0, count: inner)
        var left = 0, right = 0, offset = 0
        while true {
            body(offset, left, right, count, leftStep, rightStep)
            offset += count
            var axis = inner - 1
            while axis >= 0 {
                index[axis] += 1
                left += leftStrides[axis]
                right += rightStrides[axis]
                if index[axis] < shape[axis] { break }
                left -= index[axis] * leftStrides[axis]
                right -= index[axis] * rightStrides[axis]
                index[axis] = 0
                axis -= 1
            }
            if axis < 0 { return }
        }
    }

    /// The first of the trailing axes that can be walked as one run.
    private var innerAxes: Int {
        guard var axis = shape.indices.last else { return 0 }
        while axis > 0, Self.joins(leftStrides, shape, axis), Self.joins(rightStrides, shape, axis) { axis -= 1 }
        return axis
    }

    /// Whether the axis before `axis` continues its walk.
    private static func joins(_ strides: [Int], _ shape: [Int], _ axis: Int) -> Bool {
        strides[axis - 1] == strides[axis] * shape[axis]
    }

    private static func strides(_ operand: [Int], over shape: [Int]) -> [Int] {
        var strides = Array(repeating: 0, count: shape.count)
        var stride = 1
        for axis in shape.indices.reversed() {
            strides[axis] = operand[axis] == 1 && shape[axis] != 1 ? 0 : stride
            stride *= operand[axis]
        }
        return strides
    }
}

extension ArraySlice where Element == Int {
    /// The product of the sizes.
    var elementCount: Int { reduce(1, *) }
}
