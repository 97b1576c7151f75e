/// The functions and classes that a pickle may name.
///
/// They are recognised, never called: each stands for something that the reader builds itself.
package enum PickleGlobal: Equatable, Sendable {
    /// `collections.OrderedDict`
    case orderedDictionary
    /// `torch._utils._rebuild_tensor_v2`
    case tensor
    /// `torch._utils._rebuild_tensor_v3`, for types that have no storage class of their own
    case typedTensor
    /// `torch._utils._rebuild_parameter`
    case parameter
    /// `torch._utils._rebuild_parameter_with_state`: the same, and attributes.
    case parameterWithState
    /// `torch._tensor._rebuild_from_type_v2`: a tensor of a class, and attributes.
    case subclass
    /// `collections.defaultdict`
    case defaultDictionary
    /// A constructor of values that hold no tensors, such as `set`: what it gives counts as `None`.
    case plain(String)
    /// A class of values with attributes, such as the arguments of a script: `argparse.Namespace`,
    /// `types.SimpleNamespace`.
    case namespace(String)
    /// `torch.Size`
    case size
    /// `torch.device`
    case device
    /// A storage class such as `torch.FloatStorage`; nil for `torch.storage.UntypedStorage`.
    case storage(SafetensorsType?)
    /// An element type such as `torch.float32`.
    case elementType(SafetensorsType)

    /// The global called `name` in `module`, or nil when it is not on the list.
    init?(module: String, name: String) {
        let builtins = ["__builtin__": "builtins"]
        let name = "\(builtins[module] ?? module).\(name)"
        if Self.plainNames.contains(name) {
            self = .plain(name)
            return
        }
        if Self.namespaces.contains(name) {
            self = .namespace(name)
            return
        }
        guard let match = Self.table[name] else { return nil }
        self = match
    }

    /// The name with its module.
    var name: String {
        switch self {
        case .plain(let name), .namespace(let name): return name
        default: break
        }
        return Self.table.first { $0.value == self }?.key ?? "\(self)"
    }

    private static let namespaces: Set<String> = ["argparse.Namespace", "types.SimpleNamespace"]

    private static let plainNames: Set<String> = [
        "builtins.set", "builtins.frozenset", "builtins.complex", "builtins.bytearray", "builtins.bytes",
        "builtins.list", "builtins.dict",
        "builtins.tuple", "builtins.int", "builtins.float", "builtins.bool", "builtins.str", "_codecs.encode",
        "collections.Counter",
        "torch.nn.parameter.Parameter", "torch.nn.parameter.Buffer", "torch.Tensor",
    ]

    private static let table: [String: PickleGlobal] = [
        "collections.OrderedDict": .orderedDictionary,
        "torch._utils._rebuild_tensor_v2": .tensor,
        "torch._utils._rebuild_tensor_v3": .typedTensor,
        "torch._utils._rebuild_parameter": .parameter,
        "torch._utils._rebuild_parameter_with_state": .parameterWithState,
        "torch._tensor._rebuild_from_type_v2": .subclass,
        "collections.defaultdict": .defaultDictionary,
        "torch.Size": .size,
        "torch.device": .device,
        "torch.FloatStorage": .storage(.f32),
        "torch.DoubleStorage": .storage(.f64),
        "torch.HalfStorage": .storage(.f16),
        "torch.BFloat16Storage": .storage(.bf16),
        "torch.ComplexFloatStorage": .storage(.c64),
        "torch.LongStorage": .storage(.i64),
        "torch.IntStorage": .storage(.i32),
        "torch.ShortStorage": .storage(.i16),
        "torch.CharStorage": .storage(.i8),
        "torch.ByteStorage": .storage(.u8),
        "torch.BoolStorage": .storage(.bool),
        "torch.storage.UntypedStorage": .storage(nil),
        "torch.float32": .elementType(.f32),
        "torch.float64": .elementType(.f64),
        "torch.float16": .elementType(.f16),
        "torch.bfloat16": .elementType(.bf16),
        "torch.float8_e4m3fn": .elementType(.f8e4m3),
        "torch.float8_e5m2": .elementType(.f8e5m2),
        "torch.float8_e4m3fnuz": .elementType(.f8e4m3fnuz),
        "torch.float8_e5m2fnuz": .elementType(.f8e5m2fnuz),
        "torch.float8_e8m0fnu": .elementType(.f8e8m0),
        "torch.complex64": .elementType(.c64),
        "torch.int64": .elementType(.i64),
        "torch.int32": .elementType(.i32),
        "torch.int16": .elementType(.i16),
        "torch.int8": .elementType(.i8),
        "torch.uint64": .elementType(.u64),
        "torch.uint32": .elementType(.u32),
        "torch.uint16": .elementType(.u16),
        "torch.uint8": .elementType(.u8),
        "torch.bool": .elementType(.bool),
    ]
}
