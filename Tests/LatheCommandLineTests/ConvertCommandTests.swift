import LatheTestModels
import Testing

@testable import LatheCommandLine

@Suite("lathe convert")
struct ConvertCommandTests {
    private let models: TinyModels

    init() throws { models = try TinyModels.sentiment() }

    private func run(_ command: String) -> (code: Int32, transcript: Transcript) {
        let transcript = Transcript()
        return (transcript.run(command.replacing("@", with: models.path + "/")), transcript)
    }

    @Test("It has the promised keys, and the model measures the same")
    func keys() throws {
        let (code, transcript) = run("convert --model @bert --out @out --floats float32 --json")
        try #require(code == 0, "\(transcript.errors)")
        let json = try transcript.json()
        #expect(json.object?.map(\.key) == ["out", "bytes", "tensors", "files"])
        #expect(try json["bytes"]?.integer == models.bytes("out/model.safetensors").count)
        #expect(json["files"]?.array?.compactMap(\.string) == ["config.json", "model.safetensors", "vocab.txt"])
        let measure = "--task sst2 --data @dev.tsv --json"
        #expect(
            try run("eval --model @out \(measure)").transcript.json()
                == run("eval --model @bert \(measure)").transcript.json())
    }

    @Test("Files that are left out are named")
    func leftOut() throws {
        try models.file("bert/onnx/model.onnx", "x")
        let (code, transcript) = run("convert --model @bert --out @out")
        #expect(code == 0)
        #expect(transcript.errors.contains("note: left out: onnx/model.onnx"))
        #expect(transcript.output.hasPrefix("\(models.path("out")): "))
    }

    @Test("A place that holds a model is left as it is, and replaced with --overwrite")
    func occupied() throws {
        #expect(run("convert --model @bert --out @out").code == 0)
        let (code, transcript) = run("convert --model @bert --out @out --floats float16")
        #expect(
            code == 1 && transcript.errors.contains("out: holds a model (model.safetensors); replace it (--overwrite)"),
            "\(transcript.errors)")
        #expect(run("convert --model @bert --out @out --floats float16 --overwrite").code == 0)
        #expect(try models.bytes("out/model.safetensors").count < models.bytes("bert/model.safetensors").count)
    }

    @Test("The model's own directory is no place to convert to")
    func same() {
        let (code, transcript) = run("convert --model @bert --out @bert/")
        #expect(code == 2)
        #expect(transcript.errors.contains("--out is the directory of --model"))
    }
}
