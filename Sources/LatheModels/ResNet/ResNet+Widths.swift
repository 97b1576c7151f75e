import LatheNN

extension ResidualBlock: ShrinkableBlock {
    public var widths: [SharedWidth] {
        let first = SharedWidth(
            "convolutions", of: .channels, from: [.init(convolution1, norm: norm1)], to: [convolution2])
        guard let convolution3 else { return [first] + around(.init(convolution2, norm: norm2)) }
        let second = SharedWidth(
            "convolutions", of: .channels, from: [.init(convolution2, norm: norm2)], to: [convolution3])
        return [first, second] + around(.init(convolution3, norm: norm3))
    }

    /// The widths of what enters the block and of the sum that leaves it, one where both are the same.
    /// - Parameter last: the last convolution.
    private func around(_ last: SharedWidth.Producer) -> [SharedWidth] {
        guard let shortcut else { return [SharedWidth("residual sum", of: .fixed, from: [last], to: [convolution1])] }
        return [
            SharedWidth("input", of: .fixed, to: [convolution1, shortcut]),
            SharedWidth("residual sum", of: .fixed, from: [last, .init(shortcut, norm: shortcutNorm)]),
        ]
    }
}

extension ResNet: ShrinkableBlock {
    public var widths: [SharedWidth] {
        var widths = [SharedWidth("images", of: .fixed, to: [stem], sizes: [configuration.imageChannels])]
        var producers = [SharedWidth.Producer(stem, norm: stemNorm)], readers: [any ShrinkableLayer] = []
        for block in stage1 + stage2 + stage3 + stage4 {
            readers.append(block.convolution1)
            let last = SharedWidth.Producer(
                block.convolution3 ?? block.convolution2, norm: block.convolution3 == nil ? block.norm2 : block.norm3)
            guard let shortcut = block.shortcut else {
                producers.append(last)
                continue
            }
            widths.append(SharedWidth("residual sum", of: .fixed, from: producers, to: readers + [shortcut]))
            (producers, readers) = ([last, .init(shortcut, norm: block.shortcutNorm)], [])
        }
        widths.append(SharedWidth("classifier", of: .fixed, from: producers, to: readers + [classifier]))
        return widths + [SharedWidth("labels", of: .fixed, from: [classifier], sizes: [configuration.labelCount])]
    }
}
