import LatheNN

extension PatchEncoder: ShrinkableBlock {
    package var widths: [SharedWidth] {
        let patch = configuration.channels * configuration.patchSize * configuration.patchSize
        return [
            SharedWidth(
                "hidden size", of: .fixed, from: [patches], to: [classifier], sizes: [configuration.encoder.hiddenSize]),
            SharedWidth("labels", of: .fixed, from: [classifier], sizes: [configuration.labelCount]),
            SharedWidth("patch", of: .fixed, to: [patches], sizes: [patch]),
        ]
    }
}
