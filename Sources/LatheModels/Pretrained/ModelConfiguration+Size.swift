import LatheCheckpoints

extension ModelConfiguration {
    /// Makes sure that the network is not far larger than `checkpoint`, before memory is taken for it.
    ///
    /// A network that is somewhat too large is built all the same: what is missing can then be told by name.
    /// - Throws: `ModelFileError.weightsTooFew`.
    func checkSize(against checkpoint: Checkpoint, directory: String) throws(ModelFileError) {
        let needed = sizes.parameterCount(head: architecture.head), held = checkpoint.parameterLimit
        // Pruned layers may have lost most of theirs, and files leave zeros out.
        let isPruned = !pruned.isEmpty || quantization?.leavesOutZeros == true
        guard needed > (isPruned ? 64 : 2) * held + Self.parameterAllowance else { return }
        throw .weightsTooFew(directory: directory, expected: needed, got: held)
    }

    /// Parameters that a network may have beyond twice what its checkpoint can hold: 16 MB.
    private static let parameterAllowance = 1 << 22
}

extension Checkpoint {
    /// The most parameters that the tensors can stand for: a byte of integers may pack eight, and no parameter takes
    /// less than a bit of its file, which views that repeat their elements have to be told.
    fileprivate var parameterLimit: Int {
        let held = entries.reduce(0) { count, entry in
            count
                + (entry.dtype?.isFloatingPoint == true
                    ? entry.elementCount : 8 * entry.storedType.byteWidth * entry.elementCount)
        }
        return min(held, 8 * files.reduce(0) { $0 + $1.byteCount })
    }
}
