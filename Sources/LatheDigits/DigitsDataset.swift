import LatheFiles

/// 1,797 images of handwritten digits with their labels, built into the library.
///
/// "Optical Recognition of Handwritten Digits", the test set, by E. Alpaydin and C. Kaynak, 1998, from the UCI Machine
/// Learning Repository (<https://archive.ics.uci.edu/dataset/80>), licence CC BY 4.0. Each pixel counts the dark ones
/// among 4×4 pixels of a scan.
///
/// ```swift
/// let split = try DigitsDataset.load().split(testFraction: 0.2, seed: 1)
/// split.train.count    // 1438, as many of each digit as its share
/// ```
public struct DigitsDataset: Equatable, Sendable {
    /// The height and width of an image.
    public static let side = 8
    /// The number of different labels.
    public static let classCount = 10

    /// The pixels, `[count, 1, 8, 8]`: 0 for white paper to 1 for ink, in steps of 1/16.
    public let images: [Float]
    /// The digits shown, `[count]`, each 0…9.
    public let labels: [Int32]

    /// The number of images.
    public var count: Int { labels.count }

    /// Unpacks the built-in images, in the order of the original file.
    /// - Throws: `DigitsError.damaged` when the packed text was changed.
    public static func load() throws(DigitsError) -> DigitsDataset {
        let dataset = try DigitsUnpacker.unpack(DigitsData.text)
        guard dataset.count == DigitsData.count else {
            throw DigitsError.damaged(line: min(dataset.count, DigitsData.count) + 1)
        }
        return dataset
    }

    init(images: [Float], labels: [Int32]) {
        self.images = images
        self.labels = labels
    }

    /// The pixels of one image, row by row: 64 values.
    /// - Precondition: `index` is in `0..<count`.
    public func image(_ index: Int) -> ArraySlice<Float> {
        let size = Self.side * Self.side
        return images[index * size..<(index + 1) * size]
    }

    /// The images and labels at `indices`, in that order.
    /// - Precondition: all of `indices` are in `0..<count`.
    public func subset(_ indices: [Int]) -> DigitsDataset {
        var images: [Float] = []
        images.reserveCapacity(indices.count * Self.side * Self.side)
        for index in indices { images += image(index) }
        return DigitsDataset(images: images, labels: indices.map { labels[$0] })
    }
}

/// What can be wrong with the built-in digits.
public enum DigitsError: DescribedError, Equatable {
    /// An image whose check digit or length is wrong; lines are counted from 1.
    case damaged(line: Int)

    /// The message with the cure.
    public var description: String {
        switch self {
        case .damaged(let line):
            "DigitsData.swift: line \(line) of the data is damaged; make the file again with Scripts/pack-digits.py"
        }
    }
}
