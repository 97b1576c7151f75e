import LathePacking
import Testing

@testable import LatheCheckpoints

@Suite("Names of tensors that a wrapper has changed")
struct WrappedNameTests {
    /// The classifier with names that `rename` has changed.
    private func model(_ rename: (String) -> String) throws -> ChangedModel {
        try ChangedModel("bert-classifier") { tensors in
            tensors = Dictionary(uniqueKeysWithValues: tensors.map { (rename($0.key), $0.value) })
        }
    }

    @Test(
        "A model with a wrapper's prefix before all names opens as the model itself, and one note says so",
        arguments: [
            "module.", "_orig_mod.", "model.", "0.auto_model.", "module._orig_mod.", "model.module.",
            "_orig_mod.module.", "_fsdp_wrapped_module.",
            "_checkpoint_wrapped_module.", "model._fsdp_wrapped_module._orig_mod.", "module.module.module.",
        ])
    func prefixes(_ prefix: String) throws {
        let reference = try ChangedModel("bert-classifier").open(), wrapped = try model { prefix + $0 }
        for (left, right) in zip(reference.network.namedParameters, try wrapped.open().network.namedParameters) {
            #expect(
                left.path == right.path && left.parameter.detached.floatArray == right.parameter.detached.floatArray)
        }
        let notes = try wrapped.notes()
        #expect(notes.count == 1 && notes[0].contains("the names of tensors are read without "), "\(notes)")
        #expect(try wrapped.savedNames().allSatisfy { !$0.hasPrefix(prefix) })
    }

    @Test("A prefix before the body alone, and tensors of the wrapper's own, do no harm")
    func partly() throws {
        let model = try ChangedModel("bert-classifier") { tensors in
            tensors = Dictionary(
                uniqueKeysWithValues: tensors.map {
                    ($0.key.hasPrefix("bert.") ? "module." + $0.key : $0.key, $0.value)
                })
            tensors["metric.total"] = .zeros([1])
        }
        #expect(try model.open().unusedTensors == ["metric.total"])
    }

    @Test("The name of a compiled part is removed from the midst of names")
    func inner() throws {
        let wrapped = try model { $0.replacing("bert.encoder.", with: "bert.encoder._orig_mod.") }
        #expect(try wrapped.open().freshParameters == [])
    }

    @Test("Two tensors that have one name without the prefix are an error")
    func collision() throws {
        let model = try ChangedModel("bert-classifier") { tensors in
            let plain = tensors
            tensors = Dictionary(uniqueKeysWithValues: tensors.map { ("module." + $0.key, $0.value) })
            tensors["classifier.bias"] = plain["classifier.bias"]
        }
        #expect(throws: CheckpointError.self) { try model.open() }
    }

    @Test(
        "Wrappers of parts are removed at every depth",
        arguments: [
            "_orig_mod.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module.",
            "_fsdp_wrapped_module._checkpoint_wrapped_module.",
        ])
    func parts(_ wrapper: String) throws {
        let wrapped = try model {
            "module."
                + $0.replacing("layer.0.", with: "layer.0.\(wrapper)").replacing(
                    "attention.self.", with: "attention.self.\(wrapper)")
        }
        #expect(try wrapped.open().freshParameters == [])
        #expect(try wrapped.notes().count == 1)
    }

    @Test(
        "A prefix before few names, or one that no wrapper has, is an error with the names",
        arguments: ["module.", "learner."])
    func foreign(_ prefix: String) throws {
        let few = try model { $0.hasPrefix("classifier.") ? prefix + $0 : $0 }
        let error = #expect(throws: ModuleFileError.self) { try few.open() }
        #expect(
            error?.description.contains("classifier.weight: missing; is it \(prefix)classifier.weight?") == true,
            "\(String(describing: error))")
        if prefix == "learner." { #expect(throws: ModuleFileError.self) { try model { prefix + $0 }.open() } }
    }
}
