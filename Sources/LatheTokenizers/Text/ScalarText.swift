/// Scalars under normalisation, each with the character of the original text that it stands for.
///
/// The rules by which inserted, removed and reordered scalars get their origins are those of the package `tokenizers`,
/// since offsets depend on them: a scalar that is new takes its predecessor's, one that replaces takes the next one
/// due.
struct ScalarText {
    private(set) var scalars: [UInt32] = []
    private(set) var origins: [Int32] = []
    private var spareScalars: [UInt32] = []
    private var spareOrigins: [Int32] = []
    private var changes: [Int32] = []
    private let unicode = UnicodeData.shared

    var isEmpty: Bool { scalars.isEmpty }
    var count: Int { scalars.count }

    mutating func removeAll() {
        scalars.removeAll(keepingCapacity: true)
        origins.removeAll(keepingCapacity: true)
    }

    @inline(__always)
    mutating func append(_ scalar: UInt32, origin: Int32) {
        scalars.append(scalar)
        origins.append(origin)
    }

    /// Adds original text whose first character has the number `origin`; returns the next one's.
    mutating func append(original: UnsafeBufferPointer<UInt8>, origin: Int32) -> Int32 {
        guard let bytes = original.baseAddress else { return origin }
        var position = 0
        var next = origin
        while position < original.count {
            let (scalar, length) = ValidUTF8.scalar(bytes, at: position)
            append(scalar, origin: next)
            position += length
            next += 1
        }
        return next
    }

    // MARK: Changes that keep each scalar's origin

    /// Keeps the scalars that `isKept` accepts, each turned into what `transform` says.
    @inline(__always)
    mutating func filter(_ isKept: (UInt32) -> Bool, transform: (UInt32) -> UInt32 = { $0 }) {
        var end = 0
        for index in scalars.indices where isKept(scalars[index]) {
            scalars[end] = transform(scalars[index])
            origins[end] = origins[index]
            end += 1
        }
        scalars.removeSubrange(end...)
        origins.removeSubrange(end...)
    }

    /// Removes scalars at both ends.
    mutating func trim(leading: Int, trailing: Int) {
        scalars.removeLast(trailing)
        origins.removeLast(trailing)
        scalars.removeFirst(leading)
        origins.removeFirst(leading)
    }

    /// Replaces every scalar by those that `body` gives to its second argument.
    @inline(__always)
    mutating func expand(_ body: (UInt32, (UInt32) -> Void) -> Void) {
        beginSpare()
        for index in scalars.indices {
            body(scalars[index]) {
                spareScalars.append($0)
                spareOrigins.append(origins[index])
            }
        }
        takeSpare()
    }

    mutating func lowercase() {
        let lowercase = unicode.lowercase
        if !scalars.contains(where: { lowercase.changes($0) }) { return }
        expand { scalar, emit in
            if let parts = lowercase[scalar] {
                for part in parts { emit(part) }
            } else {
                emit(scalar)
            }
        }
    }

    /// Puts `content` before the first scalar, if there is one.
    mutating func prepend(_ content: [UInt32]) {
        guard let first = origins.first else { return }
        scalars.insert(contentsOf: content, at: 0)
        origins.insert(contentsOf: repeatElement(first, count: content.count), at: 0)
    }

    /// Replaces every `pattern`, from the left, by `content`, which stands for the pattern's last scalar.
    mutating func replace(_ pattern: [UInt32], by content: [UInt32]) {
        guard let first = pattern.first, scalars.count >= pattern.count else { return }
        beginSpare()
        var index = 0
        while index < scalars.count {
            let end = index + pattern.count
            if scalars[index] == first, end <= scalars.count, scalars[index..<end].elementsEqual(pattern) {
                spareScalars.append(contentsOf: content)
                spareOrigins.append(contentsOf: repeatElement(origins[end - 1], count: content.count))
                index = end
            } else {
                spareScalars.append(scalars[index])
                spareOrigins.append(origins[index])
                index += 1
            }
        }
        takeSpare()
    }

    // MARK: Normal forms

    /// Decomposes, canonically or also by compatibility, and sorts marks: NFD or NFKD.
    mutating func decompose(compatibility: Bool = false) {
        if isUnchangedByDecomposition(compatibility: compatibility) { return }
        spareScalars.removeAll(keepingCapacity: true)
        changes.removeAll(keepingCapacity: true)
        for scalar in scalars { decompose(scalar, compatibility: compatibility) }
        sortMarks()
        assignOrigins()
    }

    /// Decomposes and composes again: NFC or NFKC.
    mutating func compose(compatibility: Bool = false) {
        if scalars.allSatisfy({ $0 < 0x80 }) { return }
        spareScalars.removeAll(keepingCapacity: true)
        changes.removeAll(keepingCapacity: true)
        for scalar in scalars { decompose(scalar, compatibility: compatibility) }
        sortMarks()
        composeSpare()
        assignOrigins()
    }

    private func isUnchangedByDecomposition(compatibility: Bool) -> Bool {
        scalars.allSatisfy { scalar in
            scalar < 0x80
                || !unicode.canonical.changes(scalar) && !Hangul.isSyllable(scalar)
                    && unicode.combiningClass(of: scalar) == 0
                    && !(compatibility && unicode.compatibility.changes(scalar))
        }
    }

    private mutating func decompose(_ scalar: UInt32, compatibility: Bool) {
        if Hangul.isSyllable(scalar) {
            let (lead, vowel, tail) = Hangul.decomposition(scalar)
            spareScalars.append(lead)
            spareScalars.append(vowel)
            if tail != 0 { spareScalars.append(tail) }
        } else if compatibility, let parts = unicode.compatibility[scalar] {
            spareScalars.append(contentsOf: parts)
        } else if let parts = unicode.canonical[scalar] {
            spareScalars.append(contentsOf: parts)
        } else {
            spareScalars.append(scalar)
        }
        changes.append(0)
        while changes.count < spareScalars.count { changes.append(1) }
    }

    /// Sorts every run of marks by their combining classes, keeping the order within a class.
    private mutating func sortMarks() {
        var start = 0
        while start < spareScalars.count {
            guard unicode.combiningClass(of: spareScalars[start]) != 0 else {
                start += 1
                continue
            }
            var end = start
            var marks: [(combiningClass: UInt8, scalar: UInt32, change: Int32)] = []
            while end < spareScalars.count {
                let combiningClass = unicode.combiningClass(of: spareScalars[end])
                if combiningClass == 0 { break }
                marks.append((combiningClass, spareScalars[end], changes[end]))
                end += 1
            }
            // The standard library's sort is stable.
            marks.sort { $0.combiningClass < $1.combiningClass }
            for (offset, mark) in marks.enumerated() {
                spareScalars[start + offset] = mark.scalar
                changes[start + offset] = mark.change
            }
            start = end
        }
    }

    /// Composes the decomposed scalars, adding up their changes: one that vanishes counts -1.
    private mutating func composeSpare() {
        var end = 0
        var starter: Int?
        var lastClass: UInt8?
        for index in spareScalars.indices {
            let scalar = spareScalars[index]
            let change = changes[index]
            let combiningClass = unicode.combiningClass(of: scalar)
            if let starter, lastClass.map({ $0 < combiningClass }) ?? true,
                let composed = unicode.composition(spareScalars[starter], scalar)
            {
                spareScalars[starter] = composed
                changes[starter] += change - 1
                continue
            }
            spareScalars[end] = scalar
            changes[end] = change
            if combiningClass == 0 {
                starter = end
                lastClass = nil
            } else if starter != nil {
                lastClass = combiningClass
            }
            end += 1
        }
        spareScalars.removeSubrange(end...)
        changes.removeSubrange(end...)
    }

    /// Gives the new scalars their origins: a change of 0 takes the next old one's, 1 repeats the last one's, and -n
    /// takes the next and skips n.
    private mutating func assignOrigins() {
        spareOrigins.removeAll(keepingCapacity: true)
        var next = 0
        for change in changes {
            if change > 0 {
                spareOrigins.append(origins[max(next - 1, 0)])
            } else {
                spareOrigins.append(origins[min(next, origins.count - 1)])
                next += 1 - Int(change)
            }
        }
        takeSpare()
    }

    // MARK: The second buffer

    private mutating func beginSpare() {
        spareScalars.removeAll(keepingCapacity: true)
        spareOrigins.removeAll(keepingCapacity: true)
    }

    private mutating func takeSpare() {
        swap(&scalars, &spareScalars)
        swap(&origins, &spareOrigins)
    }
}
