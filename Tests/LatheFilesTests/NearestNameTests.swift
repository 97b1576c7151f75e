import LatheFiles
import Testing

struct NearestNameTests {
    @Test(
        "A name is near when few letters are missing, wrong, too many or swapped",
        arguments: [
            ("trian", "train"), ("TRAIN", "train"), ("quantise", "quantize"), ("evl", "eval"), ("pln", "plan"),
            ("expotr", "export"), ("demoo", "demo"),
        ])
    func near(typed: String, name: String) {
        #expect(NearestName.of([typed], in: ["train", "quantize", "eval", "plan", "export", "demo"]) == name)
    }

    @Test("More than a third of the letters make another name", arguments: ["t", "brain dead", "xyz", "niart"])
    func far(typed: String) {
        #expect(NearestName.of([typed], in: ["train", "quantize", "eval", "plan"]) == nil)
    }

    @Test("The nearest of several names is found")
    func nearest() {
        #expect(NearestName.of(["hidden_sise"], in: ["hidden_act", "hidden_size", "size"]) == "hidden_size")
    }
}
