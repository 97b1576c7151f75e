import LatheFiles

/// A weight as it came, until its first product lays it out for this machine; the layout takes its place then. Products
/// may run on several threads.
final class Prepacked<Source, Layout> {
    private enum Form {
        case source(Source)
        case layout(Layout)
    }

    private let form: Guarded<Form>

    init(_ source: Source) {
        form = Guarded(.source(source))
    }

    /// The weight as it came; nil once it is laid out.
    var source: Source? {
        form.withLock { if case .source(let source) = $0 { source } else { nil } }
    }

    /// The layout, which `make` makes at the first call.
    func layout(_ make: (Source) -> Layout) -> Layout {
        form.withLock { form in
            switch form {
            case .layout(let layout): return layout
            case .source(let source):
                let layout = make(source)
                form = .layout(layout)
                return layout
            }
        }
    }
}
