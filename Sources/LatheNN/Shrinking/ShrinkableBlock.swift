/// A part of a network that states which of its layers have a width in common.
///
/// Pruning makes such layers smaller together, and files with pruned layers are checked by it before a product of wrong
/// shapes traps.
public protocol ShrinkableBlock: Module {
    /// The widths inside the block, and those that it shares with what is around it.
    var widths: [SharedWidth] { get }
}

extension ShrinkableBlock {
    /// What does not fit inside the block, in words; `nil` if everything does.
    public var sizeProblem: String? { widths.lazy.compactMap(\.problem).first }
}

/// An attention of which heads can be taken out.
public protocol HeadCounting: Module {
    /// The number of heads.
    var heads: Int { get set }
}

extension SelfAttention: HeadCounting {}

extension Module {
    /// The blocks of a network that state their widths, the network itself among them.
    public var shrinkableBlocks: [any ShrinkableBlock] { namedModules.compactMap { $0.module as? any ShrinkableBlock } }
}
