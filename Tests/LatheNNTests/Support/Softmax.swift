#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The softmax of one row.
func softmax(_ row: [Double]) -> [Double] {
    let largest = row.max() ?? 0
    let exponentials = row.map { exp($0 - largest) }
    let sum = exponentials.reduce(0, +)
    return exponentials.map { $0 / sum }
}

/// The logarithm of the softmax of one row.
func logSoftmax(_ row: [Double]) -> [Double] {
    softmax(row).map { log($0) }
}
