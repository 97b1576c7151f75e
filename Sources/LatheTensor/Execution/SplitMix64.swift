/// A small random number generator that gives the same numbers for the same seed, everywhere and for ever.
///
/// Source: G. Steele, D. Lea and C. Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
public struct SplitMix64: RandomNumberGenerator, Sendable {
    /// Where the sequence stands; `SplitMix64(seed: state)` goes on from there.
    public private(set) var state: UInt64

    /// Starts the sequence that belongs to `seed`.
    public init(seed: UInt64) {
        state = seed
    }

    /// The next 64 random bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A random integer `0..<bound`, each equally likely.
    ///
    /// Unlike `Int.random(in:using:)`, the way from bits to integer is fixed here and not left to the standard library.
    /// - Precondition: `bound > 0`.
    public mutating func integer(below bound: Int) -> Int {
        precondition(bound > 0, "no integer lies in 0..<\(bound)")
        let bound = UInt64(bound)
        // The multiples of 2^64 / bound that are cut short would be likelier by one; those are drawn again.
        let remainder = (0 &- bound) % bound
        while true {
            let product = next().multipliedFullWidth(by: bound)
            if product.low >= remainder { return Int(product.high) }
        }
    }

    /// `elements` in a random order (Fisher and Yates), each order equally likely.
    public mutating func shuffled<Element>(_ elements: [Element]) -> [Element] {
        var elements = elements
        for last in stride(from: elements.count - 1, to: 0, by: -1) {
            elements.swapAt(last, integer(below: last + 1))
        }
        return elements
    }
}
