import Testing

@testable import LatheReport

@Suite struct LabelPlacementTests {
    private let bounds = Box(x: 0, y: 0, width: 900, height: 400)

    private func requests(_ count: Int, at spot: (Int) -> Spot) -> [LabelPlacement.Request] {
        (0..<count).map { .init(point: spot($0), width: 100, height: 15) }
    }

    private func check(_ requests: [LabelPlacement.Request], _ places: [LabelPlacement.Place?]) {
        let boxes = places.compactMap { $0?.box }
        for (index, box) in boxes.enumerated() {
            #expect(bounds.contains(box))
            #expect(!boxes[..<index].contains(where: box.intersects))
            #expect(!requests.contains { box.contains(Box(x: $0.point.x, y: $0.point.y, width: 0, height: 0)) })
        }
    }

    @Test func aSinglePointHasItsNameBesideIt() {
        let places = LabelPlacement.places(for: requests(1) { _ in Spot(x: 300, y: 200) }, within: bounds, radius: 5)
        #expect(places == [.init(box: Box(x: 308, y: 192.5, width: 100, height: 15), leaderEnd: nil)])
    }

    @Test func namesOfCrowdedPointsDoNotOverlap() {
        let crowded = requests(20) { Spot(x: 400 + Double($0 * 37 % 60), y: 200 + Double($0 * 23 % 50)) }
        let places = LabelPlacement.places(for: crowded, within: bounds, radius: 5)
        #expect(places.allSatisfy { $0 != nil })
        check(crowded, places)
    }

    @Test func namesOfPointsAtOnePlaceDoNotOverlap() {
        let equal = requests(12) { _ in Spot(x: 450, y: 200) }
        let places = LabelPlacement.places(for: equal, within: bounds, radius: 5)
        #expect(places.allSatisfy { $0 != nil })
        check(equal, places)
    }

    @Test func namesAtTheEdgeStayInside() {
        let corners = [Spot(x: 2, y: 2), Spot(x: 898, y: 2), Spot(x: 898, y: 398), Spot(x: 2, y: 398)]
        let places = LabelPlacement.places(for: requests(4) { corners[$0] }, within: bounds, radius: 5)
        #expect(places.allSatisfy { $0 != nil })
        check(requests(4) { corners[$0] }, places)
    }

    @Test func namesKeepOffLines() {
        let line = (from: Spot(x: 0, y: 200), to: Spot(x: 900, y: 200))
        let places = LabelPlacement.places(
            for: requests(1) { _ in Spot(x: 300, y: 200) }, within: bounds, radius: 5, avoiding: [line])
        #expect(places.first??.box.meets(line.from, line.to) == false)
    }

    @Test func aNameThatDoesNotFitHasNoPlace() {
        let small = Box(x: 0, y: 0, width: 50, height: 50)
        #expect(LabelPlacement.places(for: requests(1) { _ in Spot(x: 25, y: 25) }, within: small, radius: 5) == [nil])
    }

    @Test func linesMeetBoxesThatTheyPass() {
        let box = Box(x: 10, y: 10, width: 10, height: 10)
        #expect(box.meets(Spot(x: 0, y: 0), Spot(x: 30, y: 30)))
        #expect(!box.meets(Spot(x: 0, y: 0), Spot(x: 30, y: 5)))
        #expect(!box.meets(Spot(x: 0, y: 0), Spot(x: 5, y: 5)))
    }
}
