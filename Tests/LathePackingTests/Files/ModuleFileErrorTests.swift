import Testing

@testable import LathePacking

@Suite("Messages about files that do not fit")
struct ModuleFileErrorTests {
    @Test(
        "Names and shapes that damage has made long do not fill the screen",
        arguments: [
            .missing(String(repeating: "a", count: 70_000), nearest: String(repeating: "b", count: 70_000)),
            .unexpected(String(repeating: "é", count: 70_000)),
            .wrongShape("weight", expected: [2, 3], got: [Int](repeating: 1, count: 20_000)),
            .wrongType(String(repeating: "a", count: 70_000), expected: "int8", got: "F32"),
            .damaged(String(repeating: "a", count: 70_000), "what is wrong"),
        ] as [ModuleFileError.Problem])
    func short(problem: ModuleFileError.Problem) {
        let message = ModuleFileError(file: "model.safetensors", problems: [problem]).description
        #expect(message.utf8.count < 600)
        #expect(message.contains("…"))
    }

    @Test("Ordinary names and shapes stand there whole")
    func ordinary() {
        let problems: [ModuleFileError.Problem] = [
            .missing("bert.pooler.dense.weight", nearest: "pooler.dense.weight"),
            .wrongShape("classifier.weight", expected: [2, 768], got: [3, 768]),
        ]
        let message = ModuleFileError(file: "model.safetensors", problems: problems).description
        #expect(
            message.hasSuffix(
                "bert.pooler.dense.weight: missing; is it pooler.dense.weight?\n  classifier.weight: expected [2, 768], got [3, 768]"
            ))
    }
}
