/// One step of turning a text into the form that the vocabulary was made for.
enum Normalizer: Sendable, Equatable {
    case bert(BertNormalizer)
    case lowercase
    case nfc
    case nfd
    case nfkc
    case nfkd
    case stripAccents
    case strip(left: Bool, right: Bool)
    case prepend([UInt32])
    case replace(pattern: [UInt32], content: [UInt32])

    /// Applies the step.
    func apply(to text: inout ScalarText, _ unicode: UnicodeData) {
        switch self {
        case .bert(let normalizer): normalizer.normalize(&text, unicode)
        case .lowercase: text.lowercase()
        case .nfc: text.compose()
        case .nfd: text.decompose()
        case .nfkc: text.compose(compatibility: true)
        case .nfkd: text.decompose(compatibility: true)
        case .stripAccents: text.filter { !unicode.flags(of: $0).contains(.mark) }
        case .strip(let left, let right):
            let isSpace = { (scalar: UInt32) in unicode.flags(of: scalar).contains(.whitespace) }
            let leading = left ? text.scalars.prefix(while: isSpace).count : 0
            let rest = text.count - leading
            let trailing = right ? min(text.scalars.reversed().prefix(while: isSpace).count, rest) : 0
            text.trim(leading: leading, trailing: trailing)
        case .prepend(let content): text.prepend(content)
        case .replace(let pattern, let content): text.replace(pattern, by: content)
        }
    }
}

/// The steps of normalisation in order, with a fast way for the most common ones.
struct NormalizerChain: Sendable {
    private let steps: [Normalizer]
    private let bert: BertNormalizer?
    private let asciiMap: [UInt8]

    /// Whether texts stay as they are.
    var isEmpty: Bool { steps.isEmpty }

    init(_ steps: [Normalizer]) {
        self.steps = steps
        if steps.count == 1, case .bert(let normalizer) = steps[0] {
            bert = normalizer
            asciiMap = normalizer.asciiMap()
        } else {
            bert = nil
            asciiMap = []
        }
    }

    /// Appends the normal form of `text`, whose first scalar has the number `origin`; returns the next scalar's number.
    func normalize(
        _ text: UnsafeBufferPointer<UInt8>, origin: Int32, scratch: inout ScalarText, into output: AlignedText
    ) -> Int32 {
        if steps.isEmpty { return output.append(original: text, origin: origin) }
        if let bert {
            return asciiMap.withUnsafeBufferPointer { map in
                guard let map = map.baseAddress else { return origin }
                return bert.normalize(text, origin: origin, asciiMap: map, scratch: &scratch, into: output)
            }
        }
        scratch.removeAll()
        let next = scratch.append(original: text, origin: origin)
        let unicode = UnicodeData.shared
        for step in steps { step.apply(to: &scratch, unicode) }
        for index in 0..<scratch.count { output.append(scalar: scratch.scalars[index], origin: scratch.origins[index]) }
        return next
    }

    /// The normal form of a string.
    func normalize(_ string: String) -> String {
        if steps.isEmpty { return string }
        var string = string
        let output = AlignedText()
        var scratch = ScalarText()
        string.withUTF8 { _ = normalize($0, origin: 0, scratch: &scratch, into: output) }
        return output.string(from: 0, to: output.count)
    }
}
