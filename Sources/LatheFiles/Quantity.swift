import Foundation

/// Numbers as people read them.
package enum Quantity {
    /// With a fixed number of decimals: `12.50`.
    package static func decimal(_ value: Double, _ digits: Int) -> String {
        String(format: "%.\(digits)f", value)
    }

    /// With about four significant digits, for values of any size: `0.0123`, `4.567`, `1234`.
    package static func compact(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "no number" : value > 0 ? "infinite" : "-infinite" }
        return decimal(value, max(0, min(4, 3 - Int(log10(max(abs(value), 1e-9)).rounded(.down)))))
    }

    /// A share as percent: `97.8%`.
    package static func percent(_ share: Double) -> String { decimal(share * 100, 1) + "%" }

    /// A count of bytes in the decimal units of file managers: `438.0 MB`.
    package static func bytes(_ count: Int) -> String {
        let units = ["B", "kB", "MB", "GB", "TB"]
        var value = Double(count), unit = 0
        while value >= 999.95, unit < units.count - 1 {
            value /= 1000
            unit += 1
        }
        return (unit == 0 ? String(count) : decimal(value, 1)) + " " + units[unit]
    }

    /// A large number, rounded: `22.7 million`.
    package static func count(_ number: Int) -> String {
        switch number {
        case 1_000_000_000...: decimal(Double(number) / 1e9, 2) + " billion"
        case 1_000_000...: decimal(Double(number) / 1e6, 1) + " million"
        default: String(number)
        }
    }

    /// Minutes and seconds: `1:05`; with hours where needed: `2:00:01`.
    package static func duration(_ seconds: Double) -> String {
        let whole = seconds.isNaN ? 0 : Int(min(max(seconds, 0), 359_999).rounded())
        let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
        return hours > 0
            ? String(format: "%d:%02d:%02d", hours, minutes, rest) : String(format: "%d:%02d", minutes, rest)
    }
}
