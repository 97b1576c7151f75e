import LatheDigits
import LatheTensor
import Testing

@Suite("The built-in handwritten digits")
struct DigitsTests {
    @Test("There are 1,797 images of 64 pixels in 0…1, in steps of a sixteenth")
    func shape() throws {
        let digits = try DigitsDataset.load()
        #expect(digits.count == 1_797)
        #expect(digits.labels.count == 1_797)
        #expect(digits.images.count == 1_797 * 64)
        #expect(digits.images.allSatisfy { (0...1).contains($0) && ($0 * 16).rounded() == $0 * 16 })
        #expect(digits.images.min() == 0)
        #expect(digits.images.max() == 1)
    }

    @Test("Each digit is there as often as in the original, and the ink adds up")
    func contents() throws {
        let digits = try DigitsDataset.load()
        var histogram = [Int](repeating: 0, count: 10)
        for label in digits.labels { histogram[Int(label)] += 1 }
        #expect(histogram == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180])
        #expect(digits.images.reduce(0) { $0 + Int($1 * 16) } == 561_718)
    }

    @Test("The first and the last image are those of the original file")
    func ends() throws {
        let digits = try DigitsDataset.load()
        let first: [Float] = [
            0, 0, 5, 13, 9, 1, 0, 0,
            0, 0, 13, 15, 10, 15, 5, 0,
            0, 3, 15, 2, 0, 11, 8, 0,
            0, 4, 12, 0, 0, 8, 8, 0,
            0, 5, 8, 0, 0, 9, 8, 0,
            0, 4, 11, 0, 1, 12, 7, 0,
            0, 2, 14, 5, 10, 12, 0, 0,
            0, 0, 6, 13, 10, 0, 0, 0,
        ]
        let last: [Float] = [
            0, 0, 10, 14, 8, 1, 0, 0,
            0, 2, 16, 14, 6, 1, 0, 0,
            0, 0, 15, 15, 8, 15, 0, 0,
            0, 0, 5, 16, 16, 10, 0, 0,
            0, 0, 12, 15, 15, 12, 0, 0,
            0, 4, 16, 6, 4, 16, 6, 0,
            0, 8, 16, 10, 8, 16, 8, 0,
            0, 1, 8, 12, 14, 12, 1, 0,
        ]
        #expect(digits.image(0).map { $0 * 16 } == first)
        #expect(digits.labels.first == 0)
        #expect(digits.image(1_796).map { $0 * 16 } == last)
        #expect(digits.labels.last == 8)
    }

    @Test("A split takes every image once, and each digit by its share")
    func split() throws {
        let digits = try DigitsDataset.load()
        let places = digits.splitIndices(testFraction: 0.2, seed: 1)
        #expect((places.train + places.test).sorted() == Array(0..<digits.count))
        let split = digits.split(testFraction: 0.2, seed: 1)
        #expect(split.train == digits.subset(places.train))
        #expect(split.test == digits.subset(places.test))
        for digit in Int32(0)..<10 {
            let total = digits.labels.count { $0 == digit }
            let tested = split.test.labels.count { $0 == digit }
            #expect(tested == Int((Double(total) * 0.2).rounded()), "digit \(digit)")
            #expect(split.train.labels.count { $0 == digit } == total - tested, "digit \(digit)")
        }
        #expect(split.test.labels.prefix(50) != split.test.labels.sorted().prefix(50))
    }

    @Test("A seed always gives the same split, another seed another one")
    func seeds() throws {
        let digits = try DigitsDataset.load()
        let split = digits.split(testFraction: 0.2, seed: 42)
        #expect(split == digits.split(testFraction: 0.2, seed: 42))
        #expect(split != digits.split(testFraction: 0.2, seed: 43))
        let places = digits.splitIndices(testFraction: 0.2, seed: 42).test
        #expect(places.prefix(8) == [318, 1486, 567, 1387, 748, 1396, 421, 745])
        #expect(digits.split(testFraction: 0, seed: 1).test.count == 0)
        #expect(digits.split(testFraction: 1, seed: 1).train.count == 0)
    }

    @Test("The generator gives the published numbers, and its integers and orders are fair")
    func generator() {
        var random = SplitMix64(seed: 1_234_567)
        let published: [UInt64] = [
            6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423, 4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ]
        #expect(published.map { _ in random.next() } == published)
        var counts = [Int](repeating: 0, count: 7)
        for _ in 0..<70_000 { counts[random.integer(below: 7)] += 1 }
        #expect(counts.allSatisfy { abs($0 - 10_000) < 500 })
        var firsts = [Int](repeating: 0, count: 3)
        for _ in 0..<30_000 { firsts[random.shuffled([0, 1, 2])[0]] += 1 }
        #expect(firsts.allSatisfy { abs($0 - 10_000) < 500 })
        #expect(random.shuffled([] as [Int]) == [])
    }
}
