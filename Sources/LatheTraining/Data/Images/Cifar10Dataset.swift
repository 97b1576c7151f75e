import LatheFiles

/// The images of CIFAR-10's binary files with their labels.
///
/// A file is a row of records of 3,073 bytes: the label 0…9, then 32 × 32 bytes of red, of green and of blue. Pixels
/// stay bytes in memory, 150 MB for the training set; a batch becomes floats when it is asked for.
///
/// ```swift
/// let train = try Cifar10Dataset.load(Cifar10Dataset.trainFileNames.map { "cifar-10-batches-bin/" + $0 })
/// var random = SplitMix64(seed: 1)
/// let images = train.batch([3, 1, 4], scale: .normalized, augmentation: .cropAndFlip, &random)    // [3, 3, 32, 32]
/// ```
/// Source: A. Krizhevsky, "Learning multiple layers of features from tiny images", 2009.
public struct Cifar10Dataset: Equatable, Sendable {
    /// The height and width of an image.
    public static let side = 32
    /// Red, green, blue.
    public static let channelCount = 3
    /// Bytes of an image.
    public static let pixelCount = channelCount * side * side
    /// Bytes of an image with its label.
    public static let recordByteCount = pixelCount + 1
    /// The classes, in the order of their labels.
    public static let labelNames = [
        "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
    ]
    /// The files of the training set, 10,000 images each.
    public static let trainFileNames = (1...5).map { "data_batch_\($0).bin" }
    /// The file of the test set, 10,000 images.
    public static let testFileName = "test_batch.bin"
    /// The mean of the training set's pixels, scaled 0…1, for red, green and blue.
    public static let channelMeans: [Float] = [0.4914, 0.4822, 0.4465]
    /// Their standard deviation.
    public static let channelDeviations: [Float] = [0.2470, 0.2435, 0.2616]

    /// The pixels, `[count, 3, 32, 32]`, 0…255.
    public let pixels: [UInt8]
    /// The classes, `[count]`, each 0…9.
    public let labels: [Int32]

    /// The number of images.
    public var count: Int { labels.count }

    /// Reads files one after the other.
    /// - Throws: `Cifar10Error` naming the file and the record.
    public static func load(_ paths: [String]) throws(Cifar10Error) -> Cifar10Dataset {
        var files: [MappedFile] = []
        for path in paths {
            do throws(FileError) {
                files.append(try MappedFile(path: path))
            } catch {
                throw .file(error)
            }
        }
        return try load(files)
    }

    /// Reads mapped files one after the other.
    /// - Throws: `Cifar10Error` naming the file and the record.
    package static func load(_ files: [MappedFile]) throws(Cifar10Error) -> Cifar10Dataset {
        var recordCount = 0
        for file in files {
            guard file.byteCount > 0, file.byteCount.isMultiple(of: recordByteCount) else {
                throw .partialRecord(path: file.path, byteCount: file.byteCount)
            }
            recordCount += file.byteCount / recordByteCount
        }
        var pixels: [UInt8] = []
        var labels: [Int32] = []
        pixels.reserveCapacity(recordCount * pixelCount)
        labels.reserveCapacity(recordCount)
        for file in files {
            try file.withUnsafeBytes { (bytes) throws(Cifar10Error) in
                for start in stride(from: 0, to: bytes.count, by: recordByteCount) {
                    let label = bytes[start]
                    guard label < labelNames.count else {
                        throw .label(path: file.path, record: start / recordByteCount + 1, found: label)
                    }
                    labels.append(Int32(label))
                    pixels.append(contentsOf: bytes[start + 1..<start + recordByteCount])
                }
            }
        }
        return Cifar10Dataset(pixels: pixels, labels: labels)
    }
}

/// Why a file is no batch of CIFAR-10.
public enum Cifar10Error: DescribedError, Equatable {
    /// The file system's refusal.
    case file(FileError)
    /// The size is not that of one record or more.
    case partialRecord(path: String, byteCount: Int)
    /// A label above 9; records are counted from 1.
    case label(path: String, record: Int, found: UInt8)

    /// The message with the cure.
    public var description: String {
        switch self {
        case .file(let error): error.description
        case .partialRecord(let path, let byteCount):
            "\(path): expected a multiple of \(Cifar10Dataset.recordByteCount) bytes, found \(byteCount); "
                + "use a .bin file of CIFAR-10's binary version, unpacked and whole"
        case .label(let path, let record, let found):
            "\(path): record \(record): expected a label from 0 to 9, found \(found); "
                + "use CIFAR-10's binary version (CIFAR-100 has other records)"
        }
    }
}
