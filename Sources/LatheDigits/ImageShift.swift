import LatheTensor

/// Moves small images by up to one pixel in each direction, so that a network sees more than the training set holds.
enum ImageShift {
    /// The named images shifted at random, zeros moving in, as `[count, 1, 8, 8]`.
    static func batch(of examples: [Int], from digits: DigitsDataset, _ random: inout SplitMix64) -> Tensor {
        let side = DigitsDataset.side
        var result = [Float](repeating: 0, count: examples.count * side * side)
        for (number, example) in examples.enumerated() {
            let image = digits.image(example), down = random.integer(below: 3) - 1, right = random.integer(below: 3) - 1
            for row in max(0, down)..<min(side, side + down) {
                for column in max(0, right)..<min(side, side + right) {
                    result[(number * side + row) * side + column] =
                        image[image.startIndex + (row - down) * side + column - right]
                }
            }
        }
        return Tensor(result, shape: [examples.count, 1, side, side])
    }
}
