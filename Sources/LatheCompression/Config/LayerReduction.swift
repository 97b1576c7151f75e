import LatheFiles

extension CompressionConfig {
    /// A student with fewer layers than its teacher, some of whose layers it starts from.
    public struct LayerReduction: Sendable, Hashable {
        public var isEnabled = false
        /// What stands before a layer's number in module paths: `bert.encoder.layer`.
        public var modulePrefix = ""
        /// For each layer of the student, the teacher's layer (counted from 0) that it starts from.
        public var teacherLayers: [Int] = []
        /// Paths of modules outside the layers that are copied from the teacher: `bert.embeddings`.
        public var otherModules: [String] = []

        public init() {}

        /// Layers of the student.
        public var keptLayerCount: Int { teacherLayers.count }
    }
}

extension CompressionConfig.LayerReduction {
    init(_ fields: JSONFields) {
        isEnabled = fields.bool("enabled", default: false)
        modulePrefix = fields.value(
            "module_name_prefix", "what stands before a layer's number, such as \"bert.encoder.layer\"",
            default: isEnabled ? nil : "", stopgap: ""
        ) { value in value.string.flatMap { $0.isEmpty ? nil : $0 } }
        teacherLayers = fields.counts(
            "teacher_layer", "a list of the teacher's layers to keep, such as [1, 3, 5]", default: isEnabled ? nil : [])
        otherModules = fields.names(
            "other_module_name",
            "a list of modules to copy from the teacher, such as [\"bert.embeddings\", \"bert.pooler\", \"classifier\"]",
            default: isEnabled ? nil : [])
        checkLayers(fields)
        fields.reportUnreadKeys()
    }

    private func checkLayers(_ fields: JSONFields) {
        let keep = fields["keep_number_layer"] == nil ? nil : fields.integer("keep_number_layer", in: 1...10_000)
        guard let layers = fields["teacher_layer"]?.array, layers.count == teacherLayers.count else { return }
        if isEnabled, layers.isEmpty { fields.report("teacher_layer", "expected at least one layer, got none") }
        if let keep, keep != layers.count {
            fields.report(
                "keep_number_layer", "expected \(layers.count), the number of layers in teacher_layer, got \(keep)")
        }
        guard isEnabled else { return }
        if zip(teacherLayers, teacherLayers.dropFirst()).contains(where: { $0 >= $1 }) {
            fields.note(
                "teacher_layer",
                "not in ascending order; the student's layers start from these layers in just this order")
        }
        if teacherLayers.first == 0 {
            fields.note(
                "teacher_layer",
                "begins at 0; distillation compares embeddings with the teacher's embeddings, where the original took its last layer"
            )
        }
    }

    /// Its section of a config.
    var json: JSONValue {
        var members: [JSONValue.Member] = [.init("enabled", .bool(isEnabled))]
        if !teacherLayers.isEmpty {
            members.append(.init("keep_number_layer", .integer(keptLayerCount)))
            members.append(.init("teacher_layer", .array(teacherLayers.map { .integer($0) })))
        }
        if !modulePrefix.isEmpty { members.append(.init("module_name_prefix", .string(modulePrefix))) }
        if isEnabled || !otherModules.isEmpty {
            members.append(.init("other_module_name", .array(otherModules.map { .string($0) })))
        }
        return .object(members)
    }
}
