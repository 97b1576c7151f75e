import Foundation
import LatheFiles
import LatheGolden
import LatheNN
import LatheTensor
import Testing

@testable import LatheCompression

@Suite("Models under compression as the original trains and cleans them")
struct RecordedTrainingTests {
    @Test(
        "Training follows the recorded losses, logits and gradients",
        arguments: GoldenCase.all("model", where: { !$0.isTied }))
    func training(_ golden: GoldenCase) throws {
        let run = try GoldenModel(golden), optimizer = try golden.optimizer(of: run.network)
        let begin = run.network.namedParameters.map { ($0.path, $0.parameter.detached.copy()) }
        let losses = try run.file.tensor("losses").floatArray, norms = try run.file.tensor("gradnorms")
        let limits = try #require(golden.limits["losses"]?["atol_per_step"]?.array)
        let recordedLogits = try run.file["step_logits"].map { try run.file.tensor($0.name) }
        for step in losses.indices {
            run.compression.follow(step: step)
            let logits = try withTraining { try run.logits("batch\(step)/") },
                loss = try run.loss(logits, "batch\(step)/")
            if let limit = limits[step].double {
                #expect(
                    abs(Double(loss.scalar - losses[step])) <= limit,
                    "loss of step \(step): \(loss.scalar), recorded \(losses[step])")
            }
            if let recordedLogits, let limit = golden.limits["step_logits"]?["atol_per_step"]?[step]?.double {
                let difference = (logits.detached - recordedLogits.selected(step)).largestMagnitude()
                #expect(Double(difference) <= limit, "logits of step \(step) differ by \(difference)")
            }
            loss.backward()
            compareNorms(run, norms.selected(step).floatArray, step)
            optimizer.step()
            optimizer.clearGradients()
        }
        if let limit = golden.limits["final"]?["update_rel_l2"]?.double {
            let error = try updateError(run, from: begin)
            #expect(error <= limit, "the update is off by \(error) of its length")
        }
        run.compression.follow(step: losses.count)
        let logits = try withInference { try run.logits("eval/") }
        try compare(logits, run.file.tensor("logits"), golden.limits["logits"], "the trained model's logits")
    }

    @Test(
        "The recorded trained state computes the recorded logits, and cleaning makes of it the recorded clean one",
        arguments: GoldenCase.all("model"))
    func cleaning(_ golden: GoldenCase) throws {
        let run = try GoldenModel(golden)
        let final = try run.file.tensors(under: "final/")
        try run.load(final)
        run.compression.finish()
        let masked = try withInference { try run.logits("eval/") }
        try compare(masked, run.file.tensor("logits"), golden.limits["logits_from_final"], "logits")
        let cleaned = run.compression.clean()
        let logits = try withInference { try run.logits("eval/") }
        if golden.isCutWithOtherMasks {
            try compare(logits, masked, golden.limits["clean_logits_from_clean"], "cleaned and masked logits")
            return
        }
        let expected = try final.merging(run.file.tensors(under: "clean/")) { $1 }
        for (path, parameter) in run.network.namedParameters
        where !(cleaned.hasBorderDifference && run.takesUpConstants(path)) {
            let recorded = try #require(expected[path], "\(path)")
            try #require(parameter.shape == recorded.shape, "\(path)")
            let difference = (parameter.detached - recorded).sumOfSquares().squareRoot()
            #expect(difference <= 1e-3 * max(recorded.sumOfSquares().squareRoot(), 1e-6), "\(path)")
        }
        if cleaned.hasBorderDifference {
            // Upstream drops what removed channels still gave; the cleaned model is nearer to the masked one here.
            let upstream = Float(try #require(golden.entry["clean_minus_masked_logits"]?.double))
            let ours = (logits - masked).largestMagnitude()
            #expect(ours < upstream, "cleaned and masked logits differ by \(ours), upstream's by \(upstream)")
        } else {
            try compare(
                logits, run.file.tensor("clean_logits"), golden.limits["clean_logits_from_clean"], "cleaned logits")
        }
    }

    private func compare(_ actual: Tensor, _ expected: Tensor, _ tolerance: JSONValue?, _ what: String) throws {
        guard let tolerance, !tolerance.isNull else { return }
        let differences = (actual - expected).absolute().floatArray.sorted()
        let largest = Double(differences.last ?? 0), median = Double(differences[differences.count / 2])
        #expect(largest <= tolerance["atol"]?.double ?? 0, "\(what) differ by \(largest)")
        if let limit = tolerance["median_atol"]?.double {
            #expect(median <= limit, "half of the \(what) differ by more than \(median)")
        }
    }

    private func compareNorms(_ run: GoldenModel, _ recorded: [Float], _ step: Int) {
        let tolerance = run.golden.limits["gradnorms"]
        guard let limit = tolerance?["rtol_per_step"]?[step]?.double, let smallest = tolerance?["ignore_below"]?.double
        else { return }
        let names = run.golden.entry["parameter_names"]?.array?.compactMap(\.string) ?? []
        let parameters = Dictionary(run.network.namedParameters.map { ($0.path, $0.parameter) }) { first, _ in first }
        var compared = 0, off: [String] = []
        for (name, norm) in zip(names, recorded) where !run.isSkipped(name, "gradnorms") {
            let gradient = parameters[name]?.gradient
            // -1 stands for no gradient at all, which differs from a zero one.
            if norm < 0 { #expect(gradient == nil, "\(name) has a gradient at step \(step)") }
            guard Double(norm) >= smallest else { continue }
            compared += 1
            let own = Double(gradient?.sumOfSquares().squareRoot() ?? -1)
            if abs(own - Double(norm)) > limit * Double(norm) { off.append("\(name): \(own), recorded \(norm)") }
        }
        let share = tolerance?["share_within"]?.double ?? 1
        #expect(Double(compared - off.count) >= share * Double(compared), "gradients of step \(step): \(off)")
    }

    /// The 2-norm of the difference of all trained parameters, as a share of their recorded way.
    private func updateError(_ run: GoldenModel, from begin: [(String, Tensor)]) throws -> Double {
        var error = 0.0, way = 0.0
        for ((path, before), (_, parameter)) in zip(begin, run.network.namedParameters)
        where parameter.isTrainable && !run.isSkipped(path, "final") {
            let recorded = try run.file.tensor("final/" + path)
            error += Double((parameter.detached - recorded).sumOfSquares())
            way += Double((recorded - before).sumOfSquares())
        }
        return (error / way).squareRoot()
    }
}
