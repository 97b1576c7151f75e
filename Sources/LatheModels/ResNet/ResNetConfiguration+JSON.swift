import LatheFiles

extension ResNetConfiguration {
    /// Reads the fields of a `config.json` that Lathe wrote.
    init(_ fields: JSONFields, labelCount: Int) {
        var stages: [Int] = []
        if let values = fields["stages"]?.array {
            stages = values.compactMap { $0.integer.flatMap { (1...1000).contains($0) ? $0 : nil } }
            if stages.count != values.count || !(1...4).contains(stages.count) {
                fields.report("stages", "expected one to four numbers of blocks from 1 to 1000")
            }
        } else {
            fields.report("stages", "missing; add the number of blocks of each stage, such as [3, 3, 3]")
        }
        self.init(
            stem: fields.choice("stem", Stem.fieldNames), block: fields.choice("block", Block.fieldNames),
            stages: (1...4).contains(stages.count) ? stages : [1],
            baseChannels: fields.integer("base_channels", in: 1...65536),
            imageChannels: fields.integer("num_channels", in: 1...1024, default: 3), labelCount: labelCount,
            hasBatchNorm: fields.bool("batch_norm", default: true))
    }

    /// The same fields, to be written.
    public var jsonMembers: [JSONValue.Member] {
        [
            .init("stem", .string(Stem.fieldNames.first { $0.value == stem }?.key ?? "")),
            .init("block", .string(Block.fieldNames.first { $0.value == block }?.key ?? "")),
            .init("stages", .array(stages.map(JSONValue.integer))), .init("base_channels", .integer(baseChannels)),
            .init("num_channels", .integer(imageChannels)), .init("batch_norm", .bool(hasBatchNorm)),
        ]
    }
}

extension ResNetConfiguration.Stem {
    fileprivate static let fieldNames: KeyValuePairs<String, Self> = [
        "small_images": .smallImages, "large_images": .largeImages,
    ]
}

extension ResNetConfiguration.Block {
    fileprivate static let fieldNames: KeyValuePairs<String, Self> = ["basic": .basic, "bottleneck": .bottleneck]
}
