import Foundation
import Testing

@testable import LatheReport

@Suite struct PhrasesTests {
    @Test func scoresAreInPercentWhereTheyAreShares() {
        #expect(Phrases.score(0.9722, of: "accuracy") == "97.2%")
        #expect(Phrases.score(21.347, of: "perplexity") == "21.35")
        #expect(Phrases.score(.nan, of: "accuracy") == Phrases.none)
    }

    @Test func differencesHaveSigns() {
        #expect(Phrases.difference(-0.011, of: "accuracy") == "−1.1")
        #expect(Phrases.difference(0.5, of: "perplexity") == "+0.5000")
        #expect(Phrases.difference(-0.0001, of: "accuracy") == "±0")
    }

    @Test func whatIsNoQuantityIsADash() {
        let texts = [
            Phrases.bytes(-1), Phrases.milliseconds(.nan), Phrases.times(-.infinity), Phrases.percent(.infinity),
            Phrases.bits(.nan), Phrases.count(-3),
        ]
        #expect(texts.allSatisfy { $0 == Phrases.none })
    }

    @Test func longTextLosesItsMiddle() {
        #expect(Phrases.shortened("abcdefghij", to: 6) == "abc…ij")
        #expect(Phrases.shortened("abc", to: 6) == "abc")
    }

    @Test func commandLinesCanBePasted() {
        #expect(Phrases.commandLine(["lathe", "train", "it's", ""]) == #"lathe train 'it'\''s' ''"#)
    }

    @Test func datesAreOfOneKindEverywhere() {
        #expect(Phrases.date(Date(timeIntervalSince1970: 1_795_603_600)) == "25 November 2026, 10:46 UTC")
        #expect(Phrases.date(Date(timeIntervalSince1970: .nan)) == "at an unknown time")
    }
}
