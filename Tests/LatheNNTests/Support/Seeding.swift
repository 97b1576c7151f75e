import LatheTensor

/// Runs `body` with its own stream of random numbers, so that tests which run side by side do not take each other's.
func seeded<Result>(_ seed: UInt64 = 1, _ body: () throws -> Result) rethrows -> Result {
    try withRandomSource(RandomSource(seed: seed), body)
}
