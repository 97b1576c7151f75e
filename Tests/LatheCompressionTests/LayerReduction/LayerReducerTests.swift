import LatheGolden
import LatheModels
import LatheTensor
import Testing

@testable import LatheCompression

@Suite("Layer reduction")
struct LayerReducerTests {
    private func model(layers: Int, seed: UInt64, hidden: Int = 24) -> PretrainedModel {
        let network = withRandomSource(RandomSource(seed: seed)) { goldenBert(layers: layers, hidden: hidden) }
        let configuration = ModelConfiguration(
            .init(BertFamily.bert, .sequenceClassification), network.bert.configuration)
        return PretrainedModel(configuration, network, directory: nil)
    }

    private let others = ["bert.pooler", "bert.embeddings", "classifier"]

    @Test("The student begins as the recorded one does")
    func recorded() throws {
        let golden = try #require(GoldenCase.all("model").filter { $0.name == "bert_layer_reduction" }.first)
        let teacher = model(layers: 4, seed: 1), file = try golden.file()
        try teacher.network.load(golden.file(try #require(golden.entry["teacher_file"]?.string)).tensors(under: ""))
        let student = try LayerReducer(layers: [1, 3], prefix: "bert.encoder.layer", others: others).student(
            of: teacher, like: model(layers: 4, seed: 2))
        let recorded = try file.tensors(under: "init/")
        #expect(student.network.namedParameters.count == recorded.count)
        for (path, parameter) in student.network.namedParameters {
            #expect(parameter.detached.floatArray == recorded[path]?.floatArray, "\(path)")
        }
        let sizes = try #require(student.configuration.sizes as? BertConfiguration)
        #expect(sizes.encoder.layerCount == 2)
    }

    @Test("What is not named begins as in the student's own model")
    func own() throws {
        let teacher = model(layers: 4, seed: 1), own = model(layers: 4, seed: 2)
        let student = try LayerReducer(layers: [0], prefix: "bert.encoder.layer", others: ["embeddings"]).student(
            of: teacher, like: own)
        func value(_ model: PretrainedModel, _ path: String) -> [Float]? {
            model.network.namedParameters.first { $0.path == path }?.parameter.detached.floatArray
        }
        #expect(value(student, "classifier.weight") == value(own, "classifier.weight"))
        #expect(
            value(student, "bert.embeddings.word_embeddings.weight")
                == value(teacher, "bert.embeddings.word_embeddings.weight"))
        #expect(
            value(student, "bert.encoder.layer.0.output.dense.weight")
                == value(teacher, "bert.encoder.layer.0.output.dense.weight"))
    }

    private func message(_ reduction: LayerReducer, teacher: PretrainedModel, like own: PretrainedModel) -> String {
        do throws(LayerReductionError) {
            _ = try reduction.student(of: teacher, like: own)
            return ""
        } catch {
            return error.description
        }
    }

    @Test("What does not fit is named with the cure")
    func mistakes() {
        let teacher = model(layers: 2, seed: 1), own = model(layers: 2, seed: 2)
        #expect(
            message(.init(layers: [0], prefix: "encoder.layers"), teacher: teacher, like: own).contains(
                "module_name_prefix: the teacher has no layers under 'encoder.layers'; use one of bert.encoder.layer"))
        #expect(
            message(.init(layers: [0, 2], prefix: "bert.encoder.layer"), teacher: teacher, like: own).contains(
                "teacher_layer: 2 is none of the teacher's layers 0…1"))
        #expect(
            message(.init(layers: [0], prefix: "bert.encoder.layer", others: ["poler"]), teacher: teacher, like: own)
                .contains(
                    "other_module_name: 'poler' is found in no parameter's path"))
        let narrow = model(layers: 2, seed: 3, hidden: 16)
        #expect(
            message(.init(layers: [0], prefix: "bert.encoder.layer"), teacher: narrow, like: own).contains(
                "teacher and student must be equally wide"))
    }

    private struct Unexpected: Error {}
}
