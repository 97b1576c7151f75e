import LatheNN
import LatheTensor
import Testing

@Suite("Shaped weights")
struct TransformedWeightTests {
    @Test("Transforms are applied in the order of their stages, however they were attached")
    func order() {
        let layer = seeded { Linear(inputs: 8, outputs: 4) }, weight = layer.parameters[0].detached
        let heads = PruningMask(.head(count: 2), fixed: Tensor([1, 0] as [Float] as [Float], shape: [1, 2])),
            quantizer = WeightQuantizer(bits: 4)
        let rows = PruningMask(.output, fixed: Tensor([1, 0, 1, 1] as [Float], shape: [4, 1]))
        let sparse = PruningMask(.element, keeping: 0.5, ofLargestIn: weight)
        layer.attach(heads)
        layer.attach(sparse)
        layer.attach(rows)
        layer.attach(quantizer)
        #expect(
            layer.weightTransforms.map { ObjectIdentifier($0) } == [
                ObjectIdentifier(quantizer), .init(sparse), .init(rows), .init(heads),
            ])
        let expected =
            weight.fakeQuantized(FakeQuantization(bits: 4), groupCount: 1) * sparse.mask
            * Tensor([1, 0, 1, 1] as [Float], shape: [4, 1])
            * Tensor([1, 1, 1, 1, 0, 0, 0, 0] as [Float], shape: [1, 8])
        layer.bakeWeight()
        expectSameBits(layer.parameters[0].detached, expected)
    }

    @Test("A transform that is off does nothing until the weight is baked")
    func switchedOff() {
        let layer = seeded { Linear(inputs: 8, outputs: 4) }, input = seeded { Tensor.randomNormal([3, 8]) }
        let plain = layer(input), quantizer = WeightQuantizer(bits: 3, startBits: 6)
        quantizer.isActive = false
        layer.attach(quantizer)
        expectSameBits(layer(input), plain)
        quantizer.isActive = true
        let six = layer(input)
        quantizer.bits = 3
        let three = layer(input)
        #expect(bits(six) != bits(plain) && bits(three) != bits(six))
        quantizer.isActive = false
        layer.bakeWeight()
        expectSameBits(layer(input), three)
    }

    @Test("Weights, biases and inputs learn through masks and a fine grid as finite differences say")
    func gradients() throws {
        let layer = seeded { Linear(inputs: 12, outputs: 6) }, input = Parameter(seeded(2) { .randomNormal([5, 12]) })
        layer.attach(
            PruningMask(
                .output, keeping: 0.5, training: PruningUnit.output.initialScores(for: layer.parameters[0].detached)))
        layer.attach(PruningMask(.head(count: 3), fixed: Tensor([1, 0, 1] as [Float], shape: [1, 3])))
        let trained = [input, layer.parameters[0], try #require(layer.bias)]
        expectGradients(of: trained, difference: 0.25) { layer(input.value) }
        // The function is linear in each of these: with 16 bits, its steps are far below the difference.
        layer.attach(WeightQuantizer(bits: 16, groups: .count(2)))
        layer.activationTransforms.append(ActivationQuantizer(bits: 16, grid: .asymmetric))
        expectGradients(of: trained, difference: 0.25) { layer(input.value) }
    }

    @Test("Trained scores are parameters with the original's names, masks and ranges are stored and not trained")
    func names() {
        let network = seeded { ToyConvolution(classes: 4) }, weight = network.first.parameters[0].detached
        network.first.attach(PruningMask(.output, keeping: 0.5, training: PruningUnit.output.randomScores(for: weight)))
        network.first.attach(PruningMask(.element, keeping: 0.5, ofLargestIn: weight))
        network.classifier.attach(
            PruningMask(.output, keeping: 0.5, ofLargestIn: network.classifier.parameters[0].detached))
        network.classifier.attach(PruningMask(.head(count: 2), keeping: 0.5, training: .ones([1, 2])))
        network.classifier.activationTransforms.append(
            ActivationQuantizer(bits: 8, calibration: .running(momentum: 0.9)))
        let names = network.namedParameters.filter { $0.path.hasPrefix("conv1") || $0.path.hasPrefix("fc") }
        #expect(
            names.map(\.path) == [
                "conv1.weight", "conv1.sparse_pruning_mask", "conv1.channel_mask_scores", "fc.weight",
                "fc.row_pruning_mask",
                "fc.head_pruning_scores", "fc.bias", "fc.activation_quantizer.x_min_max",
            ])
        #expect(
            names.filter(\.parameter.isTrainable).map(\.path) == [
                "conv1.weight", "conv1.channel_mask_scores", "fc.weight", "fc.head_pruning_scores", "fc.bias",
            ])
    }

    @Test("Embeddings quantise the rows that are looked up as they would the whole table")
    func embeddingRows() throws {
        let embedding = seeded { Embedding(rows: 9, width: 6, paddingIndex: 2) }
        embedding.attach(WeightQuantizer(bits: 4, groups: .rows))
        let ids = Tensor([1, 2, 8, 1] as [Int32], shape: [2, 2]),
            gradient = seeded(5) { Tensor.randomNormal([2, 2, 6]) }
        let whole = Parameter(embedding.table.detached)
        let expected = whole.value.fakeQuantized(FakeQuantization(bits: 4), groupCount: 9).gathered(ids, paddingRow: 2)
        let rows = embedding(ids)
        expectSameBits(rows, expected)
        expected.backward(from: gradient)
        rows.backward(from: gradient)
        expectSameBits(try #require(embedding.table.gradient), try #require(whole.gradient))
    }

    @Test("A weight that is tied to a baked one keeps its values")
    func tied() {
        let network = seeded { ToyTied() }, before = network.embedding.table.detached
        network.embedding.attach(WeightQuantizer(bits: 2, groups: .rows))
        network.embedding.bakeWeight()
        expectSameBits(network.head.parameters[0].detached, before)
        expectSameBits(network.embedding.table.detached, before.fakeQuantized(FakeQuantization(bits: 2), groupCount: 5))
    }
}
