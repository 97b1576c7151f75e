/// English words that stand for grammar and not for content: articles, pronouns, prepositions, conjunctions, auxiliary
/// verbs, negations and what contractions leave of them. Another one in their place changes what is said, or makes
/// nonsense of it, so they stay.
enum FunctionWords {
    static func contains(_ word: String) -> Bool { words.contains(word.lowercased()) }

    private static let words = Set(
        """
        a an the this that these those
        i me my mine myself we us our ours ourselves you your yours yourself yourselves he him his himself she her hers herself it its itself
        they them their theirs themselves who whom whose which what
        and but or nor so yet if because as until while although though unless whether than
        of at by for with about against between among into through during before after above below to from up down in out on off over under upon within without
        is are was were be been being am have has had having do does did doing will would shall should can could may might must ought
        not no never none neither nothing nobody cannot
        when where why how there here then once again further only just own same too very all any both each few more most other some such
        s t d m o y ll re ve ma don aren couldn didn doesn hadn hasn haven isn mightn mustn needn shan shouldn wasn weren won wouldn ain
        """.split(whereSeparator: \.isWhitespace).map(String.init))
}
