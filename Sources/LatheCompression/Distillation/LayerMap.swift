/// Which of the teacher's layers each of the student's learns from.
public struct LayerMap: Sendable, Hashable {
    /// For each of the student's layers, the teacher's layer whose attention scores it learns.
    public let attention: [Int]
    /// For the student's embeddings and each of its layers, the teacher's hidden state to learn: 0 is its embeddings, i
    /// the output of its layer i - 1.
    public let hidden: [Int]

    /// Any map.
    /// - Precondition: there is one hidden state more than there are layers.
    public init(attention: [Int], hidden: [Int]) {
        precondition(hidden.count == attention.count + 1, "\(attention.count) layers, \(hidden.count) hidden states")
        self.attention = attention
        self.hidden = hidden
    }

    /// A student whose layers were taken from a teacher's.
    ///
    /// As upstream, but where the first kept layer is number 0: its input is the teacher's embeddings, while upstream
    /// takes state -1, the last one.
    /// - Parameter layers: the teacher's layer, from 0 on, that each of the student's was.
    public init(keeping layers: [Int]) {
        attention = layers
        hidden = [max(0, (layers.first ?? 0) - 1)] + layers.map { $0 + 1 }
    }

    /// A student with a share of the teacher's number of layers, or all of them: each learns from the last of its
    /// block.
    /// - Precondition: the teacher's number is a multiple of the student's.
    public init(studentLayers: Int, teacherLayers: Int) {
        precondition(
            studentLayers > 0 && teacherLayers % studentLayers == 0,
            "\(studentLayers) layers do not divide \(teacherLayers)")
        let block = teacherLayers / studentLayers
        attention = (0..<studentLayers).map { $0 * block + block - 1 }
        hidden = (0...studentLayers).map { $0 * block }
    }
}
