import LatheFiles
import LatheTensor

/// Measured block-sparse products as text and as JSON.
struct SparseGemmReport {
    let rows: [SparseGemmRow]

    var text: String {
        var table = TextTable(
            ["int8 weight", "zeros", "M", "K", "N", "weight", "ms", "fastest", "dense / sparse"], leftColumns: 1)
        for row in rows {
            table.add(
                [
                    row.blockRows.map { "\($0)x1" } ?? "dense",
                    row.blockRows == nil ? "" : Quantity.percent(row.sparsity),
                ]
                    + [row.shape.m, row.shape.k, row.shape.n].map(String.init) + [
                        Quantity.bytes(row.weightBytes), Quantity.compact(row.times.median),
                        Quantity.compact(row.times.minimum),
                        row.blockRows == nil ? "" : Quantity.decimal(row.speedup, 2),
                    ])
        }
        return table.text + "\n\nKernels \(Kernels.isa), threads: \(Kernels.threadCount); inputs quantised beforehand"
    }

    var json: JSONValue {
        [
            "isa": .string(Kernels.isa), "threads": .integer(Kernels.threadCount),
            "rows": .array(
                rows.map { row in
                    [
                        "arithmetic": "int8", "m": .integer(row.shape.m), "k": .integer(row.shape.k),
                        "n": .integer(row.shape.n),
                        "block_rows": row.blockRows.map(JSONValue.integer) ?? .null, "sparsity": .number(row.sparsity),
                        "weight_bytes": .integer(row.weightBytes), "median_ms": .number(row.times.median),
                        "min_ms": .number(row.times.minimum),
                        "speedup_over_dense": .number(row.speedup),
                    ]
                }),
        ]
    }
}
