/// A piece of the page. What is written in a literal is markup as it stands; text put into it is escaped, so that
/// nothing from a record becomes markup: `let cell: Markup = "<td>\(layer.path)</td>"`.
///
/// The page is HTML and well-formed XML at once, so that every element is closed.
struct Markup: ExpressibleByStringInterpolation, Equatable {
    private(set) var text: String

    static let nothing: Markup = ""

    init(stringLiteral text: String) { self.text = text }

    init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

    init(_ parts: [Markup]) { text = parts.map(\.text).joined() }

    /// Markup that was made elsewhere: the style sheet.
    init(trusted text: String) { self.text = text }

    static func += (markup: inout Markup, more: Markup) { markup.text += more.text }

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + 8 * interpolationCount)
        }

        mutating func appendLiteral(_ literal: String) { text += literal }
        mutating func appendInterpolation(_ plain: String) { text += Escaping.escaped(plain) }
        mutating func appendInterpolation(_ number: Int) { text += String(number) }
        mutating func appendInterpolation(_ markup: Markup) { text += markup.text }
        mutating func appendInterpolation(_ markup: Markup?) { text += markup?.text ?? "" }
        mutating func appendInterpolation(_ parts: [Markup]) { for part in parts { text += part.text } }

        /// A coordinate or another measure of a drawing, with one decimal.
        mutating func appendInterpolation(at coordinate: Double) { text += Coordinate.text(coordinate) }
        /// A share for the style sheet, 0…1, with three decimals.
        mutating func appendInterpolation(share: Double) { text += Coordinate.share(share) }
    }
}

/// Numbers in drawings, written short.
enum Coordinate {
    /// With one decimal, without `.0`; what is no number is 0.
    static func text(_ value: Double) -> String { fixed(value, tenths: 10) }

    /// 0…1 with three decimals.
    static func share(_ value: Double) -> String { value.isFinite ? fixed(min(max(value, 0), 1), tenths: 1000) : "0" }

    private static func fixed(_ value: Double, tenths scale: Int) -> String {
        guard value.isFinite else { return "0" }
        let parts = Int((min(max(value, -1e6), 1e6) * Double(scale)).rounded())
        let whole = abs(parts) / scale, rest = abs(parts) % scale
        guard rest > 0 else { return (parts < 0 ? "-" : "") + String(whole) }
        var digits = String(rest + scale).dropFirst()
        while digits.last == "0" { digits.removeLast() }
        return (parts < 0 ? "-" : "") + "\(whole).\(digits)"
    }
}
