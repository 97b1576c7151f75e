import LatheTraining

/// A class's example.
func classExample(_ text: String, _ pair: String? = nil, _ label: Int32) -> TextExample {
    TextExample(text: text, pair: pair, label: .classIndex(label))
}
