import LatheFiles
import LatheNN
import LatheTraining

/// The section `optimizer`. Defaults are those of DeepSpeed's optimizers.
package struct OptimizerSettings: Sendable, Hashable {
    package var method = TrainingOptions.Method.adamW()
    package var learningRate = 1e-3
    package var weightDecay = 0.0

    package init() {}
}

extension OptimizerSettings {
    private enum Kind: String, CaseIterable {
        case adam = "Adam", adamW = "AdamW", sgd = "SGD", lamb = "Lamb", lion = "Lion", adagrad = "Adagrad",
            oneBitAdam = "OneBitAdam"
        case zeroOneAdam = "ZeroOneAdam", oneBitLamb = "OneBitLamb"

        static let names =
            allCases.dropLast().map(\.rawValue).joined(separator: ", ") + " or " + (allCases.last?.rawValue ?? "")
    }

    init(_ fields: JSONFields) {
        let kind = fields.value("type", Kind.names, stopgap: Kind.adamW) { value in
            Kind.allCases.first { $0.rawValue.lowercased() == value.string?.lowercased() }
        }
        let params = fields.object("params")
        learningRate = params.number("lr", in: 0...1000, default: kind == .adagrad ? 1e-2 : learningRate)
        weightDecay = params.number("weight_decay", in: 0...1000, default: weightDecay)
        switch kind {
        case .adamW: method = .adamW(Self.constants(params))
        case .adam:
            // DeepSpeed's Adam decays weights as AdamW does, unless told otherwise.
            method =
                params.bool("adam_w_mode", default: true)
                ? .adamW(Self.constants(params)) : .adam(Self.constants(params))
        case .oneBitAdam, .zeroOneAdam:
            fields.note("type", "\(kind.rawValue) is AdamW here; there is one process, which sends no gradients")
            method = .adamW(Self.constants(params))
        case .sgd:
            let momentum = params.number("momentum", in: 0...0.9999, default: 0)
            let isNesterov = params.bool("nesterov", default: false)
            if isNesterov, momentum == 0 { params.report("nesterov", "needs a momentum above 0; add momentum") }
            method = .sgd(momentum: Float(momentum), isNesterov: isNesterov)
        case .lamb, .oneBitLamb:
            if kind == .oneBitLamb {
                fields.note("type", "\(kind.rawValue) is Lamb here; there is one process, which sends no gradients")
            }
            method = .lamb(Self.lamb(params))
        case .lion:
            let betas = Self.betas(params, default: [0.9, 0.99])
            method = .lion(beta1: betas[0], beta2: betas[1])
        case .adagrad:
            method = .adagrad(
                .init(
                    epsilon: Self.epsilon(params, default: 1e-10),
                    rateDecay: Float(params.number("lr_decay", in: 0...1000, default: 0)),
                    initialSum: Float(params.number("initial_accumulator_value", in: 0...1e6, default: 0))))
        }
    }

    private static func constants(_ params: JSONFields) -> Adam.Constants {
        let betas = betas(params, default: [0.9, 0.999])
        return Adam.Constants(beta1: betas[0], beta2: betas[1], epsilon: epsilon(params, default: 1e-8))
    }

    private static func lamb(_ params: JSONFields) -> Lamb.Constants {
        var constants = Lamb.Constants(adam: Self.constants(params))
        constants.correctsBias = params.bool("bias_correction", default: true)
        constants.hasEpsilonInRoot = params.bool("eps_inside_sqrt", default: false)
        constants.largestTrust = Float(params.number("max_coeff", in: 0...1e6, default: 10))
        constants.leastTrust = Float(params.number("min_coeff", in: 0...1e6, default: 0.01))
        return constants
    }

    private static func betas(_ params: JSONFields, default fallback: [Double]) -> [Float] {
        params.value("betas", "two numbers of at least 0, below 1", default: fallback) { value in
            let betas = value.array?.compactMap(\.double) ?? []
            return betas.count == 2 && value.array?.count == 2 && betas.allSatisfy { (0..<1).contains($0) }
                ? betas : nil
        }.map { Float($0) }
    }

    private static func epsilon(_ params: JSONFields, default fallback: Double) -> Float {
        Float(
            params.value("eps", "a number above 0, at most 1", default: fallback) { value in
                value.double.flatMap { $0 > 0 && $0 <= 1 ? $0 : nil }
            })
    }
}
