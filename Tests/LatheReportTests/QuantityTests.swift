import Testing

@testable import LatheFiles

struct QuantityTests {
    @Test(arguments: [(0.012345, "0.0123"), (4.5678, "4.568"), (45.678, "45.68"), (1234.5, "1234"), (0, "0.0000")])
    func compactKeepsAboutFourDigits(value: Double, text: String) {
        #expect(Quantity.compact(value) == text)
    }

    @Test(arguments: [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (999_960, "1.0 MB"), (437_951_328, "438.0 MB")])
    func bytesUseDecimalUnits(count: Int, text: String) {
        #expect(Quantity.bytes(count) == text)
    }

    @Test(arguments: [(0.4, "0:00"), (65, "1:05"), (7201, "2:00:01"), (-3, "0:00"), (.infinity, "99:59:59")])
    func durationsAreShort(seconds: Double, text: String) {
        #expect(Quantity.duration(seconds) == text)
    }
}
