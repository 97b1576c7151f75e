import Foundation
import LatheTensor
import Testing

@Suite("Errors that describe themselves")
struct DescribedErrorTests {
    @Test("What Foundation shows is the description")
    func localized() {
        let error = SafetensorsError.tooShort(file: "m.safetensors", expected: 8, got: 0)
        #expect((error as any Error).localizedDescription == error.description)
        #expect(error.description.contains("m.safetensors"))
    }
}
