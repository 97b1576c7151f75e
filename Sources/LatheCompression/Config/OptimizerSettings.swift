import LatheNN
import LatheTasks
import LatheTensor

/// The section `optimizer`. Defaults are those of DeepSpeed's Adam.
public struct OptimizerSettings: Sendable, Hashable {
    public var method = TrainingOptions.Method.adamW()
    public var learningRate = 1e-3
    public var weightDecay = 0.0

    public init() {}
}

extension OptimizerSettings {
    private enum Kind { case adam, adamW, sgd }

    init(_ fields: JSONFields) {
        let kind: Kind = fields.value("type", "Adam, AdamW or SGD", stopgap: .adamW) { value in
            switch value.string?.lowercased() {
            case "adam": .adam
            case "adamw": .adamW
            case "sgd": .sgd
            default: nil
            }
        }
        let params = fields.object("params")
        learningRate = params.number("lr", in: 0...1000, default: learningRate)
        weightDecay = params.number("weight_decay", in: 0...1000, default: weightDecay)
        switch kind {
        case .adamW: method = .adamW(Self.constants(params))
        case .adam:
            // DeepSpeed's Adam decays weights as AdamW does, unless told otherwise.
            method = params.bool("adam_w_mode", default: true) ? .adamW(Self.constants(params)) : .adam(Self.constants(params))
        case .sgd:
            let momentum = params.number("momentum", in: 0...0.9999, default: 0)
            let isNesterov = params.bool("nesterov", default: false)
            if isNesterov, momentum == 0 { params.report("nesterov", "needs a momentum above 0; add momentum") }
            method = .sgd(momentum: Float(momentum), isNesterov: isNesterov)
        }
    }

    private static func constants(_ params: JSONFields) -> AdamConstants {
        let betas = params.value("betas", "two numbers of at least 0, below 1", default: [0.9, 0.999]) { value in
            let betas = value.array?.compactMap(\.double) ?? []
            return betas.count == 2 && value.array?.count == 2 && betas.allSatisfy { (0..<1).contains($0) } ? betas : nil
        }
        let epsilon = params.value("eps", "a number above 0, at most 1", default: 1e-8) { value in value.double.flatMap { $0 > 0 && $0 <= 1 ? $0 : nil } }
        return AdamConstants(beta1: Float(betas[0]), beta2: Float(betas[1]), epsilon: Float(epsilon))
    }
}
