import LatheTraining

/// The speed of models relative to others, from times that were taken in turn.
enum SpeedUps {
    /// Compares each model with the first of its network, or else with one that its run began from, by the times that
    /// runs took.
    static func add(to report: inout Report, _ pairs: [[MeasuredModels.Pair]]) {
        let bases = bases(of: report)
        for (index, pairs) in pairs.enumerated() {
            let names = pairs.map { report.models[$0.other].name }
            // A model that is scored on several data was timed once.
            let base = bases[report.models[index].name], directory = report.models.first { $0.name == base }?.directory
            let chosen =
                names.firstIndex { $0 == base } ?? pairs.firstIndex { report.models[$0.other].directory == directory }
                ?? pairs.indices.first
            if let chosen { report.models[index].speedUp = .init(than: names[chosen], pairs[chosen].ratio) }
        }
    }

    /// Compares each model with the first of its network by times that the report took.
    /// - Parameter rows: the row of `times` for each model; `nil` for one that was not timed.
    static func add(to report: inout Report, _ times: InterleavedTimes, rows: [Int?]) {
        let bases = bases(of: report)
        for index in report.models.indices {
            let model = report.models[index]
            guard let base = report.models.firstIndex(where: { $0.name == bases[model.name] }), base != index,
                report.models[base].batch == model.batch,
                let row = rows[index], let other = rows[base]
            else { continue }
            report.models[index].speedUp = .init(than: report.models[base].name, times.ratio(other, to: row))
        }
    }

    /// The name of the first of its network for each model.
    private static func bases(of report: Report) -> [String: String] {
        let families = Catalogue(report).families
        return Dictionary(families.flatMap { family in family.entries.map { ($0.model.name, family.base.name) } }) {
            first, _ in first
        }
    }
}
