import Foundation
import LatheTensor
import Testing

@Suite("Errors that describe themselves")
struct DescribedErrorTests {
    @Test("What Foundation shows is the description")
    func localized() {
        let error = SafetensorsError.malformed(file: "m.safetensors", reason: "it is empty")
        #expect((error as any Error).localizedDescription == error.description)
        #expect(error.description.contains("m.safetensors"))
    }
}
