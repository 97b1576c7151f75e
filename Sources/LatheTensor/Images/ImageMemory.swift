import LatheKernels

/// Where the values of one image are: values that are not in use at the same time share memory.
struct ImageMemory {
    private(set) var values: [lathe_image_value]
    /// The number of bytes of all values.
    private(set) var byteCount = 0

    /// - Parameters:
    ///   - values: without their offsets.
    ///   - uses: the values that each step reads or writes.
    init(_ values: [lathe_image_value], uses: [[Int]]) {
        self.values = values
        var lifetimes: [Int: ClosedRange<Int>] = [:]
        for (step, used) in uses.enumerated() {
            for value in used { lifetimes[value] = (lifetimes[value]?.lowerBound ?? step)...step }
        }
        var placed: [(range: Range<Int>, lifetime: ClosedRange<Int>)] = []
        for (index, lifetime) in lifetimes.sorted(by: { ($0.value.lowerBound, $0.key) < ($1.value.lowerBound, $1.key) })
        {
            let size = lathe_image_value_size(&self.values[index])
            let taken = placed.filter { $0.lifetime.overlaps(lifetime) }.map(\.range)
            let place = Self.firstGap(of: size, between: taken)
            self.values[index].offset = place
            placed.append((place..<place + size, lifetime))
            byteCount = max(byteCount, place + size)
        }
    }

    private static func firstGap(of size: Int, between taken: [Range<Int>]) -> Int {
        taken.sorted { $0.lowerBound < $1.lowerBound }.reduce(0) { place, range in
            range.overlaps(place..<place + size) ? range.upperBound : place
        }
    }
}
