import Foundation
import Testing

extension Tag {
    /// Tests that take several seconds.
    @Tag package static var slow: Self
}

extension Trait where Self == ConditionTrait {
    /// Skips a slow test if the environment variable `LATHE_QUICK` is 1. `swift test` selects tests by name only, not by
    /// tag.
    package static var unlessQuick: Self {
        .enabled(
            if: ProcessInfo.processInfo.environment["LATHE_QUICK"] != "1",
            "takes several seconds; unset LATHE_QUICK to run it")
    }
}
