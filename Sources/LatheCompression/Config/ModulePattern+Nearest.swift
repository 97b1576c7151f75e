import LatheFiles

extension ModulePattern {
    /// What a pattern that matches none of `paths` may be a misspelling of: a run of as many components, with or
    /// without numbers.
    func nearest(in paths: [String]) -> String? {
        let text = source.filter { !"\\^$".contains($0) }
        let length = text.split(separator: ".").count
        var runs: [String] = [], seen: Set<String> = []
        for path in paths {
            let components = path.split(separator: ".")
            for names in [components.filter { Int($0) == nil }, components] where names.count >= length {
                for start in 0...(names.count - length) {
                    let run = names[start..<start + length].joined(separator: ".")
                    if seen.insert(run).inserted { runs.append(run) }
                }
            }
        }
        return NearestName.of([text], in: runs)
    }
}
