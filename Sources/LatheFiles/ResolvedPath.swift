import Foundation

/// Paths that can be compared.
package enum ResolvedPath {
    /// The absolute path of what is at `path`, without links and detours.
    package static func of(_ path: String) -> String {
        URL(fileURLWithPath: path).resolvingSymlinksInPath().standardizedFileURL.path
    }
}
