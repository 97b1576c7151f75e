import LatheFiles
import LatheTensor
import LatheTestFiles
import LatheTraining
import Testing

@Suite("CIFAR-10's binary batches")
struct Cifar10Tests {
    /// Two images: every byte of the first is its place modulo 251, the second is all 255.
    static let bytes: [UInt8] =
        [7] + (0..<3_072).map { UInt8($0 % 251) } + [9] + [UInt8](repeating: 255, count: 3_072)

    static func dataset() throws -> Cifar10Dataset {
        try Cifar10Dataset.load([MappedFile(bytes: bytes, name: "a.bin")])
    }

    @Test("Labels and pixels in order, files one after the other")
    func records() throws {
        let one = try Self.dataset()
        #expect(one.labels == [7, 9])
        #expect(one.count == 2)
        #expect(one.pixels.count == 2 * 3_072)
        let two = try Cifar10Dataset.load([
            MappedFile(bytes: Self.bytes, name: "a.bin"),
            MappedFile(bytes: Array(Self.bytes.prefix(3_073)), name: "b.bin"),
        ])
        #expect(two.labels == [7, 9, 7])
        let batch = one.batch([1, 0], scale: .unit)
        #expect(batch.shape == [2, 3, 32, 32])
        let values = batch.floatArray
        #expect(values[..<3_072].allSatisfy { $0 == 1 })
        #expect((0..<3_072).allSatisfy { values[3_072 + $0] == Float($0 % 251) / 255 })
        #expect(Cifar10Dataset.labelNames[7] == "horse")
    }

    @Test("Normalised by channel")
    func normalized() throws {
        let values = try Self.dataset().batch([1]).floatArray
        for channel in 0..<3 {
            let expected = (1 - Cifar10Dataset.channelMeans[channel]) / Cifar10Dataset.channelDeviations[channel]
            #expect(values[channel * 1_024..<(channel + 1) * 1_024].allSatisfy { $0 == expected })
        }
    }

    @Test("A random crop and flip is one of the 162 there are, all of them occur, and the same seed repeats")
    func augmentation() throws {
        let images = try Self.dataset()
        let original = images.batch([0], scale: .unit).floatArray
        var random = SplitMix64(seed: 3)
        var again = SplitMix64(seed: 3)
        let many = [Int](repeating: 0, count: 2_000)
        let varied = images.batch(many, scale: .unit, augmentation: .cropAndFlip, &random).floatArray
        #expect(images.batch(many, scale: .unit, augmentation: .cropAndFlip, &again).floatArray == varied)
        // The same numbers drawn once more say which crop each image must be.
        var draws = SplitMix64(seed: 3)
        var seen: Set<[Int]> = []
        var wrong = 0
        for number in 0..<many.count {
            let down = draws.integer(below: 9) - 4
            let right = draws.integer(below: 9) - 4
            let flip = draws.integer(below: 2)
            seen.insert([down, right, flip])
            for place in 0..<3_072 {
                let (channel, row, column) = (place / 1_024, place / 32 % 32, place % 32)
                let (fromRow, fromColumn) = (row + down, (flip == 1 ? 31 - column : column) + right)
                let inside = (0..<32).contains(fromRow) && (0..<32).contains(fromColumn)
                let expected = inside ? original[channel * 1_024 + fromRow * 32 + fromColumn] : 0
                wrong += varied[number * 3_072 + place] == expected ? 0 : 1
            }
        }
        #expect(wrong == 0)
        #expect(seen.count == 162)
    }

    @Test("Padding larger than the image leaves black")
    func widePadding() throws {
        var random = SplitMix64(seed: 1)
        let wide = Cifar10Dataset.Augmentation(padding: 100, flips: false)
        let values = try Self.dataset().batch([Int](repeating: 1, count: 50), scale: .unit, augmentation: wide, &random)
            .floatArray
        #expect(values.allSatisfy { $0 == 0 || $0 == 1 })
        #expect(values.contains(0))
    }

    @Test("Wrong sizes and labels are refused")
    func malformed() {
        let cure = "use a .bin file of CIFAR-10's binary version, unpacked and whole"
        for count in [0, 1, 3_072, 3_074, 6_145] {
            let file = MappedFile(bytes: [UInt8](repeating: 0, count: count), name: "a.bin")
            #expect(
                dataMessage { _ = try Cifar10Dataset.load([file]) }
                    == "a.bin: expected a multiple of 3073 bytes, found \(count); \(cure)")
        }
        var bytes = Self.bytes
        bytes[3_073] = 10
        let file = MappedFile(bytes: bytes, name: "b.bin")
        #expect(
            dataMessage { _ = try Cifar10Dataset.load([file]) }
                == "b.bin: record 2: expected a label from 0 to 9, found 10; use CIFAR-10's binary version (CIFAR-100 has "
                + "other records)")
        #expect(
            dataMessage { _ = try Cifar10Dataset.load(["no/such.bin"]) }
                == "no/such.bin: cannot open: No such file or directory (errno 2); check that the path and its directory exist"
        )
    }
}
