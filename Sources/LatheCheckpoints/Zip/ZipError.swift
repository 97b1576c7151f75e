import LatheFiles

/// What is wrong with a zip archive.
public enum ZipError: DescribedError, Equatable, Sendable {
    /// No end record: not a zip file, or one that is cut off.
    case noEndRecord(file: String)
    /// An archive split over several disks.
    case severalDisks(file: String)
    /// A zip64 end record that is missing, or that contradicts the plain one.
    case malformedZip64(file: String)
    /// A directory that does not end where the end record begins.
    case misplacedDirectory(file: String, offset: UInt64, byteCount: UInt64, expectedEnd: Int)
    /// A directory with more or fewer entries than the end record says.
    case wrongEntryCount(file: String, expected: UInt64, got: Int)
    /// A directory entry that is cut off or contradicts itself.
    case malformedEntry(file: String, index: Int)
    /// A name that is empty or no UTF-8.
    case malformedName(file: String, index: Int)
    /// Two entries of one name.
    case duplicateEntry(file: String, entry: String)
    /// An entry that needs a password.
    case encrypted(file: String, entry: String)
    /// An uncompressed entry whose two sizes differ.
    case differingSizes(file: String, entry: String, stored: Int, original: Int)
    /// A header before the data that says something else than the directory.
    case localMismatch(file: String, entry: String, field: String)
    /// Data that reaches into the directory or beyond the end.
    case beyondEnd(file: String, entry: String, expected: Int, got: UInt64)
    /// Data that two entries claim.
    case overlap(file: String, entry: String, other: String)
    /// A request for an entry that is compressed.
    case compressed(file: String, entry: String, method: UInt16)
    /// A request for an entry that is not there.
    case noSuchEntry(file: String, entry: String)
}

extension ZipError {
    /// The message: file, entry, what is wrong, and the cure.
    public var description: String {
        let damaged = "the archive is damaged; download or copy it again"
        switch self {
        case .noEndRecord(let file):
            return "\(file): no zip archive, or one that is cut off; download or copy it again"
        case .severalDisks(let file):
            return "\(file): the archive is split over several files; join them"
        case .malformedZip64(let file):
            return "\(file): the zip64 end record is missing or contradicts the plain one; \(damaged)"
        case .misplacedDirectory(let file, let offset, let byteCount, let expectedEnd):
            return "\(file): the directory is said to have \(byteCount) bytes from byte \(offset) on, "
                + "but must end at byte \(expectedEnd); \(damaged)"
        case .wrongEntryCount(let file, let expected, let got):
            return "\(file): expected \(expected) entries in the directory, got \(got); \(damaged)"
        case .malformedEntry(let file, let index):
            return "\(file): entry \(index) of the directory is cut off or contradicts itself; \(damaged)"
        case .malformedName(let file, let index):
            return "\(file): entry \(index) of the directory has an empty name or one that is not UTF-8; \(damaged)"
        case .duplicateEntry(let file, let entry):
            return "\(file): \(MessageText.quoted(entry)) is there twice; save the model again"
        case .encrypted(let file, let entry):
            return
                "\(file): \(MessageText.quoted(entry)) is encrypted; unpack the archive and save the model without a password"
        case .differingSizes(let file, let entry, let stored, let original):
            return
                "\(file): \(MessageText.quoted(entry)) is not compressed, yet has sizes \(stored) and \(original); \(damaged)"
        case .localMismatch(let file, let entry, let field):
            return "\(file): \(MessageText.quoted(entry)): the directory and the header before the data "
                + "differ in the \(field); \(damaged)"
        case .beyondEnd(let file, let entry, let expected, let got):
            return
                "\(file): \(MessageText.quoted(entry)) ends at byte \(got), but the data ends at byte \(expected); \(damaged)"
        case .overlap(let file, let entry, let other):
            return "\(file): \(MessageText.quoted(entry)) overlaps \(MessageText.quoted(other)); \(damaged)"
        case .compressed(let file, let entry, let method):
            return
                "\(file): \(MessageText.quoted(entry)) is compressed (method \(method)), which torch.save never does; "
                + "load the file in PyTorch and save it again, or unpack it and pack it with `zip -0`"
        case .noSuchEntry(let file, let entry):
            return "\(file): \(MessageText.quoted(entry)) is not in the archive; save the model again"
        }
    }
}
