import LatheTensor

/// One parameter's updates in double precision, written down as the papers do.
struct ReferenceUpdate {
    var values: [Double]
    var first: [Double]
    var second: [Double]
    var step = 0

    init(_ parameter: Parameter) {
        values = parameter.detached.floatArray.map(Double.init)
        first = values.map { _ in 0 }
        second = first
    }

    mutating func adam(_ gradient: [Double], rate: Double, decay: Double, isDecoupled: Bool) {
        step += 1
        var power1 = 1.0, power2 = 1.0
        for _ in 0..<step { (power1, power2) = (power1 * 0.9, power2 * 0.999) }
        for i in values.indices {
            var g = gradient[i]
            if isDecoupled { values[i] *= 1 - rate * decay } else { g += decay * values[i] }
            first[i] = 0.9 * first[i] + 0.1 * g
            second[i] = 0.999 * second[i] + 0.001 * g * g
            values[i] -= rate / (1 - power1) * first[i] / ((second[i] / (1 - power2)).squareRoot() + 1e-8)
        }
    }

    mutating func descend(_ gradient: [Double], rate: Double, momentum: Double, decay: Double, isNesterov: Bool) {
        for i in values.indices {
            let g = gradient[i] + decay * values[i]
            first[i] = momentum * first[i] + g
            values[i] -= rate * (isNesterov ? g + momentum * first[i] : first[i])
        }
    }
}
