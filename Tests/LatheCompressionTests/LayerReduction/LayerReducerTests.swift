import LatheGolden
import LatheModels
import LatheTensor
import Testing

@testable import LatheCompression

@Suite("Layer reduction")
struct LayerReducerTests {
    @Test(
        "The student starts as the recorded one does",
        arguments: GoldenCase.all("model", where: { $0.entry["teacher_file"] != nil }))
    func recorded(_ golden: GoldenCase) throws {
        let start = try golden.file(try #require(golden.entry["teacher_file"]?.string)).tensors(under: "")
        let teacher = try golden.bert(like: start), section = try golden.compressionConfig.layerReduction
        try teacher.network.load(start)
        let student = try #require(LayerReducer(section)).student(of: teacher, like: golden.bert(like: start))
        let recorded = try golden.file().tensors(under: try #require(golden.entry["init"]?["prefix"]?.string))
        #expect(student.network.namedParameters.count == recorded.count)
        for (path, parameter) in student.network.namedParameters {
            #expect(parameter.detached.floatArray == recorded[path]?.floatArray, "\(path)")
        }
        let sizes = try #require(student.configuration.sizes as? BertConfiguration)
        #expect(sizes.encoder.layerCount == section.keptLayerCount)
    }

    @Test("What is not named begins as in the student's own model")
    func own() throws {
        let teacher = tinyBert(layers: 4, seed: 1), own = tinyBert(layers: 4, seed: 2)
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
        let teacher = tinyBert(layers: 2, seed: 1), own = tinyBert(layers: 2, seed: 2)
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
        let narrow = tinyBert(layers: 2, hidden: 16, seed: 3)
        #expect(
            message(.init(layers: [0], prefix: "bert.encoder.layer"), teacher: narrow, like: own).contains(
                "teacher and student must be equally wide"))
    }

    private struct Unexpected: Error {}
}
