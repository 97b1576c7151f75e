import LatheNN
import LatheTensor

/// Makes the program of a plan for images of one size.
struct ImageProgramBuilder {
    private let plan: ImagePlan
    private let precision: Precision
    private let weight: (Int, ImageConvolution) -> ImageWeight
    private let demands: [Demand]
    private var values: [ImageProgram.Value] = []
    private var steps: [ImageProgram.Step] = []
    /// What each stage gives.
    private var results: [Result] = []

    private typealias Elements = ImageProgram.Elements

    /// What the stages that read a stage's result want of it.
    private struct Demand {
        /// The border of the values as they are; `nil` if nobody reads them.
        var plainBorder: Int?
        /// Whether the values have to be f32. Between 8-bit layers half the bytes suffice, with 8 times their resolution.
        var isFloat32 = false
        /// Whether 8-bit layers read them otherwise than as codes: as a residual, or through a pooling.
        var isBesideCodes = false
        /// Other forms, and their borders.
        var forms: [(elements: Elements, border: Int)] = []

        mutating func add(plainBorder border: Int = 0) { plainBorder = max(plainBorder ?? 0, border) }

        mutating func add(_ elements: Elements, border: Int) {
            if let known = forms.firstIndex(where: { $0.elements == elements }) {
                forms[known].border = max(forms[known].border, border)
            } else {
                forms.append((elements, border))
            }
        }
    }

    private struct Result {
        var height: Int
        var width: Int
        var plain: Int?
        var forms: [Elements: Int] = [:]
    }

    /// - Parameters:
    ///   - plan: the stages.
    ///   - precision: of products in floats.
    ///   - weight: the weight of a stage.
    init(_ plan: ImagePlan, precision: Precision, weight: @escaping (Int, ImageConvolution) -> ImageWeight) {
        (self.plan, self.precision, self.weight) = (plan, precision, weight)
        var demands = Array(repeating: Demand(), count: plan.stages.count)
        for (index, stage) in plan.stages.enumerated().reversed() {
            let hasCodes = demands[index].isBesideCodes || demands[index].forms.contains { $0.elements.isCodes }
            demands[index].isFloat32 = demands[index].isFloat32 || !hasCodes
            guard let input = stage.input else { continue }
            switch stage.operation {
            case .input: break
            case .maxPool:
                demands[input].add()
                // The largest values have the type of the others.
                if hasCodes { demands[input].isBesideCodes = true }
                demands[input].isFloat32 = demands[input].isFloat32 || demands[index].isFloat32
            case .mean:
                demands[input].add()
                demands[input].isFloat32 = true
            case .convolve(let convolution, let residual, _):
                if let residual {
                    demands[residual].add()
                    if convolution.product != .floats { demands[residual].isBesideCodes = true }
                }
                let border = convolution.options.padding
                if convolution.product == .floats { demands[input].isFloat32 = true }
                if let form = Self.form(for: convolution, precision) {
                    demands[input].add(form, border: border)
                } else {
                    demands[input].add(plainBorder: border)
                }
            }
        }
        self.demands = demands
    }

    /// The form of the images that a convolution reads; `nil` for values as they are.
    private static func form(for convolution: ImageConvolution, _ precision: Precision) -> Elements? {
        switch convolution.product {
        case .floats: precision == .bfloat16 ? .bfloat16 : nil
        case .dynamicCodes: .codes
        case .staticCodes(let grid): .staticCodes(grid)
        }
    }

    /// - Returns: `nil` for images that are too small for the network.
    mutating func program(height: Int, width: Int) -> ImageProgram? {
        (values, steps, results) = ([], [], [])
        for index in plan.stages.indices {
            guard let result = add(index, height: height, width: width) else { return nil }
            results.append(result)
        }
        return ImageProgram(values, steps)
    }

    private mutating func add(_ index: Int, height: Int, width: Int) -> Result? {
        let stage = plan.stages[index], input = stage.input.map { results[$0] }
        switch (stage.operation, input) {
        case (.input(let channels), _):
            var result = Result(height: height, width: width)
            // Pixels of the codes' size are quantised in long runs.
            let onlyCodes = demands[index].plainBorder == nil && demands[index].forms.allSatisfy(\.elements.isCodes)
            let value = addPlain(index, .float32, channels: channels, &result)
            if onlyCodes {
                values[value].pitch = ImageProgram.Value(.codes, channels: channels, height: 1, width: 1).pitch
            }
            steps.append(.load(value))
            addForms(index, from: value, channels: channels, &result)
            return result
        case (.maxPool(let size, let stride, let padding), let input?):
            let options = ConvolutionOptions(stride: stride, padding: padding)
            let window = ImageProgram.Window(height: size, width: size, options: options)
            guard let plain = input.plain, var result = Self.result(of: window, on: input) else { return nil }
            let channels = values[plain].channels
            let value = addPlain(index, values[plain].elements, channels: channels, &result)
            steps.append(.maxPool(plain, window, to: value))
            addForms(index, from: value, channels: channels, &result)
            return result
        case (.mean, let input?):
            guard let plain = input.plain else { return nil }
            steps.append(.mean(plain))
            return input
        case (.convolve(let convolution, let residual, let activation), let input?):
            return addConvolution(index, convolution, residual: residual, activation: activation, input)
        case (_, nil): return nil
        }
    }

    private mutating func addConvolution(
        _ index: Int, _ convolution: ImageConvolution, residual: Int?, activation: Activation, _ input: Result
    ) -> Result? {
        let shape = convolution.weightShape
        let window = ImageProgram.Window(height: shape[2], width: shape[3], options: convolution.options)
        let source = Self.form(for: convolution, precision).map { input.forms[$0] } ?? input.plain
        guard let source, var result = Self.result(of: window, on: input) else { return nil }
        let demand = demands[index]
        // One form can be written at once; the others are made from the values.
        let direct = demand.forms.first {
            if case .staticCodes = $0.elements { convolution.product != .floats } else { false }
        }
        let others = demand.forms.filter { $0.elements != direct?.elements }
        let onlyRounded = demand.plainBorder == nil && others.count == 1 && others[0].elements == .bfloat16
        var plain: Int?, codes: Int?
        if onlyRounded {
            plain = add(others[0].elements, border: others[0].border, channels: shape[0], &result)
            result.forms[.bfloat16] = plain
        } else if demand.plainBorder != nil || !others.isEmpty {
            plain = addPlain(index, demand.isFloat32 ? .float32 : .float16, channels: shape[0], &result)
        }
        if let direct {
            codes = add(direct.elements, border: direct.border, channels: shape[0], &result)
            result.forms[direct.elements] = codes
        }
        let residualValue = residual.flatMap { results[$0].plain }
        guard (residualValue == nil) == (residual == nil), plain != nil || codes != nil else { return nil }
        steps.append(
            .convolve(
                source, weight(index, convolution), window, residual: residualValue, activation: activation, to: plain,
                codes: codes))
        if let plain, !onlyRounded { addForms(index, from: plain, channels: shape[0], &result) }
        return result
    }

    private mutating func add(_ elements: Elements, border: Int, channels: Int, _ result: inout Result) -> Int {
        var value = ImageProgram.Value(elements, channels: channels, height: result.height, width: result.width)
        value.border = border
        values.append(value)
        return values.count - 1
    }

    /// Adds the values of a stage as they are.
    private mutating func addPlain(_ index: Int, _ elements: Elements, channels: Int, _ result: inout Result) -> Int {
        let value = add(elements, border: demands[index].plainBorder ?? 0, channels: channels, &result)
        values[value].findsLargest = demands[index].forms.contains { $0.elements == .codes }
        result.plain = value
        return value
    }

    /// Adds the forms of a stage's values that it has not given itself.
    private mutating func addForms(_ index: Int, from plain: Int, channels: Int, _ result: inout Result) {
        for (elements, border) in demands[index].forms where result.forms[elements] == nil {
            let value = add(elements, border: border, channels: channels, &result)
            steps.append(elements == .bfloat16 ? .round(plain, to: value) : .quantize(plain, to: value))
            result.forms[elements] = value
        }
    }

    /// What a window gives; `nil` if it does not fit, or has more pixels than programs have.
    private static func result(of window: ImageProgram.Window, on input: Result) -> Result? {
        guard window.height * window.width <= ImageProgram.Window.largestArea else { return nil }
        let options = window.options
        func size(_ input: Int, _ kernel: Int) -> Int {
            (input + 2 * options.padding - options.dilation * (kernel - 1) - 1) / options.stride + 1
        }
        func fits(_ input: Int, _ kernel: Int) -> Bool {
            input + 2 * options.padding > options.dilation * (kernel - 1)
        }
        guard fits(input.height, window.height), fits(input.width, window.width) else { return nil }
        return Result(height: size(input.height, window.height), width: size(input.width, window.width))
    }
}
