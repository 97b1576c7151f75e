import LatheFiles
import LatheTensor

/// Measured products as text and as JSON.
struct GemmReport {
    let rows: [GemmRow]
    let arithmeticLimits: [GemmArithmetic: Samples]
    let memoryLimit: Samples

    var text: String {
        var table = TextTable(
            ["", "weight and input", "M", "K", "N", "ms", "fastest", "GFLOP/s", "GB/s", "of limit"], leftColumns: 2)
        for row in ordered {
            let shape = row.shape
            table.add(
                [row.arithmetic.rawValue, row.mode.rawValue] + [shape.m, shape.k, shape.n].map(String.init) + [
                    Quantity.compact(row.times.median), Quantity.compact(row.times.minimum),
                    Quantity.decimal(row.gigaflops, 1),
                    row.gigabytesPerSecond.map { Quantity.decimal($0, 1) } ?? "", Quantity.percent(row.share),
                ])
        }
        let limits = GemmArithmetic.allCases.compactMap { arithmetic in
            arithmeticLimits[arithmetic].map {
                "\(arithmetic.rawValue) \(Quantity.decimal($0.median * 1e-9, 0)) GFLOP/s"
            }
        }
        let memory = "memory \(Quantity.decimal(memoryLimit.median * 1e-9, 1)) GB/s"
        return table.text + "\n\nLimits, \(Kernels.isa), threads: \(Kernels.threadCount): "
            + (limits + [memory]).joined(separator: ", ")
    }

    var json: JSONValue {
        let limits = GemmArithmetic.allCases.compactMap { arithmetic in
            arithmeticLimits[arithmetic].map {
                JSONValue.Member(arithmetic.rawValue + "_gflops", .number($0.median * 1e-9))
            }
        }
        return [
            "isa": .string(Kernels.isa), "threads": .integer(Kernels.threadCount),
            "limits": .object(limits + [.init("memory_gb_per_s", .number(memoryLimit.median * 1e-9))]),
            "rows": .array(ordered.map(json)),
        ]
    }

    private func json(_ row: GemmRow) -> JSONValue {
        [
            "arithmetic": .string(row.arithmetic.rawValue), "bits": .integer(row.arithmetic.bits),
            "m": .integer(row.shape.m), "k": .integer(row.shape.k), "n": .integer(row.shape.n),
            "packed": .bool(row.mode != .unpacked), "quantizes_input": .bool(row.mode == .quantizing),
            "median_ms": .number(row.times.median), "min_ms": .number(row.times.minimum),
            "gflops": .number(row.gigaflops),
            "gb_per_s": row.gigabytesPerSecond.map(JSONValue.number) ?? .null, "share_of_limit": .number(row.share),
        ]
    }

    /// By arithmetic and mode, shapes in the order they were measured.
    private var ordered: [GemmRow] {
        GemmArithmetic.allCases.flatMap { arithmetic in
            [GemmMode.packed, .unpacked, .quantizing].flatMap { mode in
                rows.filter { $0.arithmetic == arithmetic && $0.mode == mode }
            }
        }
    }
}
