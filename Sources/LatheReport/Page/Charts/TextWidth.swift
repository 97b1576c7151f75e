/// How wide text will be in the fonts of systems, estimated from above.
enum TextWidth {
    static func of(_ text: String, size: Double) -> Double {
        text.unicodeScalars.reduce(0) { $0 + width($1) } * size
    }

    /// In ems.
    private static func width(_ scalar: Unicode.Scalar) -> Double {
        switch scalar {
        case "i", "j", "l", "I", ".", ",", ":", ";", "'", "|", "!", " ", "f", "t", "r", "(", ")", "[", "]", "-": 0.42
        case "m", "w", "M", "W", "@", "%": 0.98
        case "<", ">", "=", "+", "~", "&", "#", "…", "→", "−", "\u{FFFD}": 1.05
        case "A"..."Z": 0.74
        case _ where scalar.value >= 0x2E80: 1.1
        default: 0.64
        }
    }
}
