import LatheKernels

/// Work that falls into parts which need nothing of each other, such as the sequences of a batch in inference.
package enum IndependentParts {
    /// What `body` makes of each of `0..<count`, the parts on threads side by side; the operations inside a part run on
    /// its thread alone. Results are the same bits as one part after the other gives.
    /// - Precondition: nothing is recorded for `backward()`, and `body` draws no random numbers: both have an order.
    package static func map<Result>(_ count: Int, _ body: (Int) -> Result) -> [Result] {
        let execution = Execution.current
        precondition(!execution.recordsGradients, "independent parts are for inference; use withInference")
        return [Result](unsafeUninitializedCapacity: count) { results, initializedCount in
            guard let places = results.baseAddress else { return }
            withoutActuallyEscaping(body) { body in
                // Each part initialises its own place.
                var run = Run { index in
                    Execution.$current.withValue(execution) { (places + index).initialize(to: body(index)) }
                }
                withUnsafeMutablePointer(to: &run) { run in
                    lathe_parallel(
                        Int64(count),
                        { context, index, _ in
                            context.unsafelyUnwrapped.assumingMemoryBound(to: Run.self).pointee.part(Int(index))
                        }, run)
                }
            }
            initializedCount = count
        }
    }

    /// What a C function pointer, which has no generic parameters, can call.
    private struct Run {
        let part: (Int) -> Void
    }
}
