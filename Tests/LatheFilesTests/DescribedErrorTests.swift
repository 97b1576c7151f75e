import Foundation
import LatheFiles
import Testing

@Suite("Errors that describe themselves")
struct DescribedErrorTests {
    @Test("What Foundation shows is the description")
    func localized() {
        let error = FileError.system(path: "m.safetensors", operation: .read, code: 5)
        #expect((error as any Error).localizedDescription == error.description)
        #expect(error.description.contains("m.safetensors"))
    }
}
