import LatheKernels

/// Splits work into chunks whose size does not depend on the number of threads, so that neither do the results.
enum Parallel {
    /// Elements in one chunk of an elementwise operation: a multiple of 64 (see `lathe_ops.h`), small enough for the
    /// caches.
    static let elementGrain = 16_384

    /// Calls `body` with consecutive ranges of at most `grain` that cover `0..<count`, on all threads.
    static func forEach(_ count: Int, grain: Int, _ body: (Range<Int>) -> Void) {
        guard count > 0 else { return }
        if count <= grain { return body(0..<count) }
        withoutActuallyEscaping(body) { body in
            var chunks = Chunks(count: count, grain: grain, body: body)
            withUnsafeMutablePointer(to: &chunks) { pointer in
                lathe_parallel(
                    Int64((count + grain - 1) / grain),
                    { context, index, _ in
                        let chunks = context.unsafelyUnwrapped.assumingMemoryBound(to: Chunks.self)
                        chunks.pointee.run(Int(index))
                    }, pointer)
            }
        }
    }

    /// Chunks of whole rows of `columns` elements, about `elementGrain` elements each.
    static func forEachRow(_ rows: Int, columns: Int, _ body: (Range<Int>) -> Void) {
        forEach(rows, grain: max(1, elementGrain / max(columns, 1)), body)
    }

    private struct Chunks {
        let count: Int
        let grain: Int
        let body: (Range<Int>) -> Void

        func run(_ index: Int) {
            body(index * grain..<min(count, (index + 1) * grain))
        }
    }
}
