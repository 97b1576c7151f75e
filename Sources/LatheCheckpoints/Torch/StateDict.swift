/// Finds the dictionary of tensors in what was saved.
struct StateDict {
    /// The keys under which training scripts put the model.
    private static let modelKeys = ["state_dict", "model_state_dict", "model", "module"]

    /// Names and tensors in the order of the file.
    let tensors: [(name: String, tensor: PickleTensor)]

    /// Takes the saved dictionary itself, or the only dictionary of tensors in it.
    init(_ pickle: Pickle, file: String) throws(CheckpointError) {
        guard let root = pickle.container(pickle.root), root.kind == .dictionary else {
            let got = pickle.container(pickle.root)?.kind.rawValue ?? pickle.root.kind
            throw .notDictionary(file: file, got: got)
        }
        // A container may stand under many keys, so each is searched once.
        var searched: [Int: Bool] = [:]
        let inner = root.members.filter { member in
            guard member.key.string != nil, case .container(let index) = member.value else { return false }
            if let known = searched[index] { return known }
            let members = pickle.container(member.value)?.members ?? []
            let holdsTensors = members.contains { $0.key.string != nil && pickle.tensor($0.value) != nil }
            searched[index] = holdsTensors
            return holdsTensors
        }
        var model = root
        if !inner.isEmpty {
            let named = inner.filter { Self.modelKeys.contains($0.key.string ?? "") }
            guard let choice = inner.count == 1 ? inner.first : named.count == 1 ? named.first : nil,
                let container = pickle.container(choice.value)
            else { throw .severalModels(file: file, keys: inner.compactMap(\.key.string)) }
            model = container
        }
        var names: Set<ExactKey> = []
        var tensors: [(String, PickleTensor)] = []
        for member in model.members {
            guard let name = member.key.string, let tensor = pickle.tensor(member.value) else { continue }
            guard names.insert(ExactKey(name)).inserted else { throw .duplicateTensor(file: file, tensor: name) }
            tensors.append((name, tensor))
        }
        guard !tensors.isEmpty else { throw .noTensors(file: file, keys: model.members.compactMap(\.key.string)) }
        self.tensors = tensors
    }
}
