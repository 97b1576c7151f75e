import LatheFiles
import LatheModels
import LatheWorkflows
import Testing

@testable import LatheCommandLine

@Suite("Texts of configs to begin with")
struct StarterGuideTests {
    private static let bert = ModelConfiguration(
        .init(BertFamily.bert, .sequenceClassification),

        BertConfiguration(
            encoder: EncoderConfiguration(hiddenSize: 96, layerCount: 12, headCount: 12, intermediateSize: 384),
            vocabularySize: 3800, positionCount: 64,
            labelCount: 2))

    @Test(
        "Comments are all that plain text lacks, and the first ones name the commands that come next",
        arguments: StarterGoal.allCases)
    func comments(_ goal: StarterGoal) throws {
        let starter = try StarterConfig(goal, for: Self.bert, model: "sentiment"), text = starter.text(file: "c.json")
        #expect(text.contains("lathe plan --model sentiment --config c.json\n"))
        #expect(
            text.contains(
                goal == .int8 || goal == .int4 ? "lathe quantize --model sentiment" : "lathe compress --model sentiment"
            ))
        let plain = starter.text(file: "c.json", hasComments: false)
        #expect(try StrictJSON.parse(plain) == starter.json)
        #expect(
            text.split(separator: "\n").filter { !$0.drop { $0 == " " }.hasPrefix("//") }.joined(separator: "\n") + "\n"
                == plain)
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 160 })
    }

    @Test("Without a model the config says that it is for BERT-base")
    func standard() throws {
        let starter = try StarterConfig(.int8, for: ModelPreset.bertBase.configuration(labels: ["a", "b"]))
        #expect(
            starter.text(file: "c.json").hasPrefix(
                "// int8: BertForSequenceClassification, weights and inputs of 8 bits. It fits BERT-base"))
    }
}
