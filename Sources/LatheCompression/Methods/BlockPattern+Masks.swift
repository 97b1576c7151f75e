import LatheTensor

/// How a pattern cuts a weight matrix `[outputs, inputs]` into units, which stay or go as a whole: blocks, or runs of M
/// inputs of which N go.
extension BlockPattern {
    /// The size of a unit in a matrix of this size.
    func unit(rows: Int, columns: Int) -> (rows: Int, columns: Int) {
        switch self {
        case .blocks(let unitRows, let unitColumns): (unitRows ?? rows, unitColumns ?? columns)
        case .among(_, let count): (1, count)
        }
    }

    /// The share of units to be pruned, so that the share `sparsity` of weights is: of a run that goes, N in M weights
    /// do.
    func unitShare(of sparsity: Double) -> Double {
        switch self {
        case .blocks: sparsity
        case .among(let pruned, let count): min(sparsity * Double(count) / Double(pruned), 1)
        }
    }

    /// What is remembered of how much each weight matters, `[outputs, inputs]`: the mean of each block,
    /// `[outputs / rows, inputs / columns]`, or all.
    func scores(of salience: Tensor) -> Tensor {
        guard case .blocks = self else { return salience }
        let unit = unit(rows: salience.shape[0], columns: salience.shape[1])
        return salience.blockMeans(rows: unit.rows, columns: unit.columns)
    }

    /// How much each unit matters, from what is remembered. For a run it is the mean over the weights that would go,
    /// the others counting as 0.
    func unitScores(of scores: Tensor) -> Tensor {
        guard case .among(_, let count) = self else { return scores }
        return (scores - scores * kept(scores)).blockMeans(rows: 1, columns: count)
    }

    /// The mask over a matrix's weights when `units` says which units stay (1).
    func mask(rows: Int, columns: Int, units: Tensor, scores: Tensor) -> Tensor {
        let unit = unit(rows: rows, columns: columns),
            whole = units.expandedBlocks(rows: unit.rows, columns: unit.columns)
        guard case .among = self else { return whole }
        let kept = kept(scores)
        return kept + whole - kept * whole
    }

    /// 1 at the M - N weights of every run that stay when it goes; among equal ones the first do.
    private func kept(_ scores: Tensor) -> Tensor {
        guard case .among(let pruned, let count) = self else { preconditionFailure("\(self) has no runs") }
        return scores.largestMask(keeping: count - pruned, inEvery: count)
    }
}
