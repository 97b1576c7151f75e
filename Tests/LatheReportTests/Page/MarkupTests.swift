import Foundation
import Testing

@testable import LatheReport

@Suite struct MarkupTests {
    @Test func textIsEscapedAndMarkupIsNot() {
        let inner: Markup = "<b>\("a & b")</b>"
        let outer: Markup = "<td title=\"\("\"'<>")\">\(inner)</td>"
        #expect(outer.text == "<td title=\"&quot;&#39;&lt;&gt;\"><b>a &amp; b</b></td>")
    }

    @Test func charactersThatDoHarmAreReplaced() {
        #expect(
            Escaping.escaped("a\u{0}b\u{1B}c\u{202E}d\u{FFFE}e\u{85}f")
                == "a\u{FFFD}b\u{FFFD}c\u{FFFD}d\u{FFFD}e\u{FFFD}f")
    }

    @Test func otherTextStaysAsItIs() {
        for text in ["plain", "tab\tand\nline", "Grüße, 数字, 🙂"] { #expect(Escaping.escaped(text) == text) }
    }

    @Test(arguments: [
        (1.0, "1"), (1.25, "1.3"), (-0.04, "0"), (-3.5, "-3.5"), (.nan, "0"), (.infinity, "0"), (1e300, "1000000"),
    ])
    func coordinatesAreShort(value: Double, text: String) {
        #expect(Coordinate.text(value) == text)
    }

    @Test func sharesStayWithinZeroAndOne() {
        #expect([-1, 0.0625, 7, .nan].map(Coordinate.share) == ["0", "0.063", "1", "0"])
    }
}
