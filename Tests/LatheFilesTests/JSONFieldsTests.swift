import LatheFiles
import Testing

@Suite("JSON fields")
struct JSONFieldsTests {
    @Test("Objects within report to the same list, with the keys that lead to them")
    func nested() {
        let fields = JSONFields(["outer": ["inner": ["count": 5, "name": 1]]])
        let inner = fields.object("outer").object("inner")
        #expect(inner.integer("count", in: 1...4) == 1)
        #expect(inner.integer("size", in: 2...Int.max) == 2)
        #expect(inner.path("size") == "outer.inner.size")
        inner.note("name", "odd")
        #expect(
            fields.problems.map(\.description) == [
                "outer.inner.count: expected an integer 1…4, got 5",
                "outer.inner.size: missing; add an integer of at least 2",
            ])
        #expect(fields.notes.map(\.description) == ["outer.inner.name: odd"])
    }

    @Test("An object that is none is reported, and reads as an empty one")
    func noObject() {
        let fields = JSONFields(["list": [1], "nothing": nil])
        #expect(fields.object("list").keys.isEmpty)
        #expect(fields.object("nothing").keys.isEmpty)
        #expect(fields.objectIfPresent("nothing") === nil)
        #expect(fields.problems.map(\.description) == ["list: expected an object, got an array"])
    }

    @Test("Keys that nobody asked for are known, within objects that somebody asked for too")
    func unread() {
        let fields = JSONFields(["a": 1, "b": ["c": 1, "d": 2], "e": ["f": 1]])
        _ = fields["a"]
        _ = fields.object("b")["c"]
        #expect(fields.unreadPaths == ["e", "b.d"])
    }

    @Test("An unknown key is reported with the nearest known one, or with all")
    func unknown() {
        let fields = JSONFields(["epoch": 1, "x": 2])
        _ = fields["epochs"]
        _ = fields["batch"]
        fields.reportUnreadKeys()
        #expect(
            fields.problems.map(\.description) == [
                "epoch: unknown key; did you mean epochs?", "x: unknown key; known are epochs, batch",
            ])
    }
}
