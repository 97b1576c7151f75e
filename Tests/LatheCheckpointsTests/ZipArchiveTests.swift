import LatheCheckpoints
import LatheFiles
import LatheTestFiles
import Testing

@Suite("Zip archives")
struct ZipArchiveTests {
    private let two = ZipBytes([("a/x", [1, 2, 3]), ("a/y", [4])])

    private func archive(_ bytes: [UInt8]) throws(ZipError) -> ZipArchive {
        try ZipArchive(MappedFile(bytes: bytes, name: "f"))
    }

    private func error(_ bytes: [UInt8]) -> ZipError? {
        do throws(ZipError) {
            _ = try archive(bytes)
            return nil
        } catch {
            return error
        }
    }

    /// The error of `two` after a change to its second entry.
    private func error(_ change: (inout ZipBytes.Entry) -> Void) -> ZipError? {
        var zip = two
        change(&zip.entries[1])
        return error(zip.bytes)
    }

    @Test("Entries come out, with and without zip64 records and a comment")
    func entries() throws {
        for isLarge in [false, true] {
            for comment in [[], Array("PK\u{5}\u{6} a comment".utf8)] {
                var zip = two
                zip.isLarge = isLarge
                zip.comment = comment
                let archive = try archive(zip.bytes)
                #expect(archive.entries.map(\.name) == ["a/x", "a/y"])
                #expect(try archive.withBytes(of: "a/x") { Array($0) } == [1, 2, 3])
                #expect(try archive.withBytes(of: "a/y") { Array($0) } == [4])
            }
        }
        #expect(try archive(ZipBytes([]).bytes).entries.isEmpty)
    }

    @Test("Sizes and offsets in the extra field")
    func largeEntries() throws {
        var zip = two
        let offset = UInt64(30 + 3 + 3)
        zip.entries[1].original = .max
        zip.entries[1].stored = .max
        zip.entries[1].offset = .max
        zip.entries[1].large = (original: 1, stored: 1, offset: offset)
        #expect(try archive(zip.bytes).withBytes(of: "a/y") { Array($0) } == [4])
        zip.entries[1].large = (original: 1 << 31, stored: 1 << 31, offset: offset)
        guard case .beyondEnd(_, "a/y", _, let got)? = error(zip.bytes) else {
            Issue.record("a size beyond the end must be refused")
            return
        }
        #expect(got > 1 << 31)
        for huge in [UInt64.max, 1 << 63] {
            zip.entries[1].large = (original: huge, stored: huge, offset: offset)
            #expect(error(zip.bytes) != nil)
            zip.entries[1].large = (original: 1, stored: 1, offset: huge)
            #expect(error(zip.bytes) != nil)
        }
        zip.entries[1].large = nil
        #expect(error(zip.bytes) == .malformedEntry(file: "f", index: 1))
    }

    @Test("Lies about one entry")
    func lies() {
        let mismatch = { (field: String) in ZipError.localMismatch(file: "f", entry: "a/y", field: field) }
        #expect(error { $0.localName = "a/z" } == mismatch("name"))
        #expect(error { $0.localName = "a/yy" } == mismatch("name"))
        #expect(error { $0.localMethod = 8 } == mismatch("method"))
        #expect(error { $0.localStored = 7 } == mismatch("size"))
        #expect(error { $0.offset = 1 } == mismatch("signature"))
        #expect(error { $0.offset = 0 } == mismatch("name"))
        #expect(error { $0.stored = 0 } == .differingSizes(file: "f", entry: "a/y", stored: 0, original: 1))
        #expect(error { $0.flags = 1 } == .encrypted(file: "f", entry: "a/y"))
        #expect(error { $0.name = "" } == .malformedName(file: "f", index: 1))
        #expect(error { $0.name = "a/x" } == .duplicateEntry(file: "f", entry: "a/x"))
        let far = error {
            $0.stored = 0x7FFF_FFFF
            $0.original = 0x7FFF_FFFF
        }
        #expect(far == .beyondEnd(file: "f", entry: "a/y", expected: 70, got: 69 + 0x7FFF_FFFF))
        #expect(
            error { $0.offset = 0x7FFF_FFFF } == .beyondEnd(file: "f", entry: "a/y", expected: 70, got: 0x7FFF_FFFF))
    }

    @Test("Entries that overlap")
    func overlap() {
        var zip = two
        zip.entries[0].stored = 20
        zip.entries[0].original = 20
        #expect(error(zip.bytes) == .overlap(file: "f", entry: "a/y", other: "a/x"))
    }

    @Test("Sizes that follow the data, as PyTorch writes them")
    func deferredSizes() throws {
        var zip = two
        zip.entries[1].flags = 8
        zip.entries[1].localStored = 0
        #expect(try archive(zip.bytes).withBytes(of: "a/y") { Array($0) } == [4])
    }

    @Test("A compressed entry is refused when it is asked for, with the cure")
    func compression() throws {
        var zip = two
        zip.entries[1].method = 8
        let archive = try archive(zip.bytes)
        var got: ZipError?
        do throws(ZipError) {
            _ = try archive.byteRange(of: "a/y")
        } catch {
            got = error
        }
        #expect(got == .compressed(file: "f", entry: "a/y", method: 8))
        #expect(got?.description.contains("zip -0") == true)
        do throws(ZipError) {
            _ = try archive.byteRange(of: "a/z")
        } catch {
            got = error
        }
        #expect(got == .noSuchEntry(file: "f", entry: "a/z"))
    }

    @Test("Lies about the directory")
    func directory() {
        var zip = two
        zip.entryCount = 1
        #expect(error(zip.bytes) == .wrongEntryCount(file: "f", expected: 1, got: 2))
        zip.entryCount = 3
        #expect(error(zip.bytes) == .wrongEntryCount(file: "f", expected: 3, got: 2))
        zip.entryCount = 60_000
        #expect(error(zip.bytes) == .wrongEntryCount(file: "f", expected: 60_000, got: 2))
        zip.entryCount = nil
        zip.directoryOffset = 0x7FFF_FFFF
        #expect(
            error(zip.bytes) == .misplacedDirectory(file: "f", offset: 0x7FFF_FFFF, byteCount: 98, expectedEnd: 168))
        zip.isLarge = true
        zip.directoryOffset = .max
        #expect(
            error(zip.bytes) == .misplacedDirectory(file: "f", offset: UInt64(Int.max), byteCount: 98, expectedEnd: 168)
        )
        var bytes = two.bytes
        bytes[bytes.count - 18] = 1
        #expect(error(bytes) == .severalDisks(file: "f"))
        bytes = two.bytes
        bytes[70] = 0
        #expect(error(bytes) == .malformedEntry(file: "f", index: 0))
    }

    @Test("Every cut of a file of torch.save throws", arguments: ["types-2.bin", "legacy-types.bin"])
    func cuts(name: String) throws {
        let bytes = try CheckpointFixture.bytes(name)
        for count in bytes.indices {
            #expect(torchError(Array(bytes[..<count])) != nil, "\(count) bytes")
        }
        #expect(error([]) == .noEndRecord(file: "f"))
        #expect(error(Array(bytes.prefix(100))) == .noEndRecord(file: "f"))
    }
}
