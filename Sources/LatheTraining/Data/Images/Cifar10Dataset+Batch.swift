import LatheTensor

extension Cifar10Dataset {
    /// What the numbers of a batch mean.
    package enum Scale: Sendable {
        /// 0 for black to 1 for full light.
        case unit
        /// That, less ``Cifar10Dataset/channelMeans``, divided by ``Cifar10Dataset/channelDeviations``.
        case normalized
    }

    /// How images are varied for training.
    package struct Augmentation: Equatable, Sendable {
        /// Black pixels put around the image, of which a 32 × 32 part is then cut out at random.
        package var padding: Int
        /// Whether half of the images are mirrored.
        package var flips: Bool

        /// Chooses how far crops move, and whether there are flips.
        /// - Precondition: `padding >= 0`.
        package init(padding: Int, flips: Bool) {
            precondition(padding >= 0, "a padding of \(padding)")
            self.padding = padding
            self.flips = flips
        }

        /// Images as they are.
        package static let none = Augmentation(padding: 0, flips: false)
        /// The usual one: a random crop after padding by 4, and flips.
        package static let cropAndFlip = Augmentation(padding: 4, flips: true)
    }

    /// The images at `indices` as they are, `[indices.count, 3, 32, 32]`.
    /// - Precondition: `indices` are in `0..<count`.
    package func batch(_ indices: [Int], scale: Scale = .normalized) -> Tensor {
        var unused = SplitMix64(seed: 0)
        return batch(indices, scale: scale, augmentation: .none, &unused)
    }

    /// The images at `indices`, varied at random, `[indices.count, 3, 32, 32]`.
    ///
    /// Each image draws three numbers where the augmentation has both parts: rows down, columns right, flip. Padding is
    /// black before scaling, as in torchvision: `-mean / deviation` where the scale is normalised.
    /// - Precondition: `indices` are in `0..<count`.
    package func batch(
        _ indices: [Int], scale: Scale = .normalized, augmentation: Augmentation, _ random: inout SplitMix64
    ) -> Tensor {
        let side = Self.side
        let tables = (0..<Self.channelCount).map { Self.table(scale, channel: $0) }
        let values = [Float](unsafeUninitializedCapacity: indices.count * Self.pixelCount) { output, count in
            for (number, index) in indices.enumerated() {
                precondition(labels.indices.contains(index), "image \(index) of \(labels.count)")
                let reach = augmentation.padding
                let down = reach > 0 ? random.integer(below: 2 * reach + 1) - reach : 0
                let right = reach > 0 ? random.integer(below: 2 * reach + 1) - reach : 0
                let isFlipped = augmentation.flips && random.integer(below: 2) == 1
                for channel in 0..<Self.channelCount {
                    let plane = index * Self.pixelCount + channel * side * side
                    let target = number * Self.pixelCount + channel * side * side
                    copyPlane(
                        from: plane, to: output[target..<target + side * side], table: tables[channel],
                        down: down, right: right, isFlipped: isFlipped)
                }
            }
            count = indices.count * Self.pixelCount
        }
        return Tensor(values, shape: [indices.count, Self.channelCount, side, side])
    }

    /// Copies one colour of an image: the pixel at (row, column) comes from (row + down, column + right) of the image,
    /// which is mirrored afterwards.
    private func copyPlane(
        from plane: Int, to output: Slice<UnsafeMutableBufferPointer<Float>>, table: [Float],
        down: Int, right: Int, isFlipped: Bool
    ) {
        let side = Self.side
        let output = UnsafeMutableBufferPointer(rebasing: output)
        output.initialize(repeating: table[0])
        let columns = max(0, -right)..<max(max(0, -right), min(side, side - right))
        pixels.withUnsafeBufferPointer { pixels in
            table.withUnsafeBufferPointer { table in
                for row in 0..<side where (0..<side).contains(row + down) {
                    let source = plane + (row + down) * side + right
                    let first = row * side + (isFlipped ? side - 1 : 0)
                    let step = isFlipped ? -1 : 1
                    for column in columns {
                        output[first + step * column] = table[Int(pixels[source + column])]
                    }
                }
            }
        }
    }

    /// What each byte becomes.
    private static func table(_ scale: Scale, channel: Int) -> [Float] {
        (0...255).map { byte in
            let value = Float(byte) / 255
            return switch scale {
            case .unit: value
            case .normalized: (value - channelMeans[channel]) / channelDeviations[channel]
            }
        }
    }
}
