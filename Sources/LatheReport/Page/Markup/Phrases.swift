import Foundation
import LatheFiles
import LatheTraining

/// Words and numbers as the page writes them.
enum Phrases {
    /// What stands where there is nothing to say.
    static let none = "–"

    /// A measure's value: a percentage where it is a share of the examples, otherwise about four digits.
    static func score(_ value: Double?, of measure: String?) -> String {
        guard let value, value.isFinite else { return none }
        return isShare(measure) ? decimal(value * 100, 1) + "%" : compact(value)
    }

    /// A measure's value with its standard error, if that is known: `97.2% ± 0.9`.
    static func score(_ value: Double?, _ error: Double?, of measure: String?) -> String {
        let text = score(value, of: measure)
        guard text != none, let error, error.isFinite, error > 0 else { return text }
        return "\(text) ± \(magnitude(error, of: measure))"
    }

    /// The difference of two scores: in points if they are shares of the examples; without a sign if it is within its
    /// standard error.
    static func difference(_ comparison: Catalogue.Comparison, of measure: String?) -> String? {
        guard let difference = comparison.scoreDifference else { return nil }
        return comparison.isWithinError
            ? "within ±\(magnitude(comparison.standardError, of: measure))" : self.difference(difference, of: measure)
    }

    private static func magnitude(_ value: Double, of measure: String?) -> String {
        isShare(measure) ? decimal(value * 100, 1) : compact(value)
    }

    /// The difference of two values of a measure with its sign: in points where it is a share of the examples.
    static func difference(_ value: Double, of measure: String?) -> String {
        guard value.isFinite else { return none }
        let text = magnitude(abs(value), of: measure)
        return Double(text) == 0 ? "±0" : (value < 0 ? "−" : "+") + text
    }

    /// Whether a measure is shown in percent.
    static func isShare(_ measure: String?) -> Bool {
        guard let measure else { return false }
        return measure.contains("accuracy") || measure.hasPrefix("f1") || measure.hasSuffix("f1")
    }

    /// `Accuracy`, `Matthews correlation`
    static func measure(_ name: String?) -> String { capitalized(words(name ?? "score")) }

    /// A key as words: `weight_quantization` as `weight quantisation`.
    static func words(_ key: String) -> String {
        key.replacingOccurrences(of: "_", with: " ").replacingOccurrences(of: "quantization", with: "quantisation")
    }

    static func capitalized(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }

    static func bytes(_ count: Int?) -> String { count.map { $0 < 0 ? none : Quantity.bytes($0) } ?? none }

    static func milliseconds(_ value: Double?) -> String {
        guard let value, value.isFinite, value >= 0 else { return none }
        return value >= 1e9 ? general(value) : value < 100 ? decimal(value, 2) : decimal(value, 0)
    }

    /// A median with the middle half of the values: `4.71 (4.65–4.80)`.
    static func milliseconds(_ value: Double?, _ spread: Spread?) -> String {
        let text = milliseconds(value)
        guard text != none, let spread else { return text }
        return "\(text) (\(milliseconds(spread.low))–\(milliseconds(spread.high)))"
    }

    static func count(_ number: Int?) -> String { number.map { $0 < 0 ? none : Quantity.count($0) } ?? none }

    /// How many times: `2.05×`.
    static func times(_ ratio: Double?) -> String {
        guard let ratio, ratio.isFinite, ratio >= 0 else { return none }
        return (ratio >= 1e6 ? general(ratio) : decimal(ratio, ratio >= 99.95 ? 0 : 2)) + "×"
    }

    static func percent(_ share: Double?) -> String {
        guard let share, share.isFinite, abs(share) < 1e6 else { return none }
        return decimal(share * 100, 1) + "%"
    }

    /// Bits of a weight: `8`, `1.6`.
    static func bits(_ bits: Double) -> String {
        guard bits.isFinite, abs(bits) < 1e6 else { return none }
        return bits == bits.rounded() ? decimal(bits, 0) : decimal(bits, 1)
    }

    /// `768×3072`; `1 number` for a scalar.
    static func shape(_ sizes: [Int]?) -> String {
        guard let sizes else { return none }
        return sizes.isEmpty ? "1 number" : sizes.prefix(8).map(String.init).joined(separator: "×")
    }

    /// About four digits for a number of any size.
    static func compact(_ value: Double) -> String {
        guard value.isFinite else { return none }
        return value == 0 ? "0" : (1e-3..<1e7).contains(abs(value)) ? Quantity.compact(value) : general(value)
    }

    /// `25 November 2026, 10:42 UTC`
    static func date(_ date: Date) -> String {
        guard abs(date.timeIntervalSince1970) < 1e11 else { return "at an unknown time" }
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_GB_POSIX")
        formatter.timeZone = TimeZone(identifier: "UTC")
        formatter.dateFormat = "d MMMM yyyy, HH:mm 'UTC'"
        return formatter.string(from: date)
    }

    /// At most `limit` characters of `text`, the middle left out.
    static func shortened(_ text: String, to limit: Int) -> String {
        let scalars = Array(text.unicodeScalars.prefix(10_000))
        guard scalars.count > limit else { return text }
        let head = limit * 3 / 5
        var result = String.UnicodeScalarView(scalars.prefix(head))
        result.append("…")
        result.append(contentsOf: scalars.suffix(limit - head - 1))
        return String(result)
    }

    /// `a`, `a and b`, `a, b and c`
    static func list(_ items: [String]) -> String {
        items.count < 2 ? items.first ?? "" : items.dropLast().joined(separator: ", ") + " and " + (items.last ?? "")
    }

    /// The program and its arguments as a shell reads them.
    static func commandLine(_ arguments: [String]) -> String {
        arguments.map { argument in
            let isPlain = !argument.isEmpty && argument.utf8.allSatisfy(isPlain)
            return isPlain ? argument : "'" + argument.replacingOccurrences(of: "'", with: "'\\''") + "'"
        }.joined(separator: " ")
    }

    /// Whether a shell takes a character for what it is.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-_./=:,@%+".utf8.contains(byte)
        }
    }

    private static func decimal(_ value: Double, _ digits: Int) -> String { Quantity.decimal(value, digits) }
    private static func general(_ value: Double) -> String { String(format: "%.3g", value) }
}
