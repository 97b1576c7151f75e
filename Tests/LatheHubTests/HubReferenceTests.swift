import LatheHub
import Testing

@Suite("Names of models on the hub")
struct HubReferenceTests {
    @Test("A name has a repository and a revision")
    func names() throws {
        let plain = try HubReference("google-bert/bert-base-uncased")
        #expect(plain.repository == "google-bert/bert-base-uncased" && plain.revision == "main" && !plain.isCommit)
        let tagged = try HubReference("gpt2@refs/pr/7")
        #expect(tagged.repository == "gpt2" && tagged.revision == "refs/pr/7")
        #expect(try HubReference("a/b@" + FakeHub.commit).isCommit)
        #expect(try !HubReference("a/b@" + FakeHub.commit.uppercased()).isCommit)
        #expect(try HubReference(String(repeating: "x", count: 96) + "/_").revision == "main")
        #expect("\(plain) \(tagged)" == "google-bert/bert-base-uncased gpt2@refs/pr/7")
    }

    @Test(
        "Names that no repository has are refused",
        arguments: [
            ("", HubError.NameProblem.empty), ("/name", .empty), ("org/", .empty),
            (String(repeating: "x", count: 97), .tooLong),
            ("org/n me", .character), ("org/näme", .character), ("org/n\\me", .character), ("a/b/c", .severalSlashes),
            ("-org/name", .edge), ("org/name.", .edge), (".hidden", .edge), ("..", .edge), ("a--b/c", .doubled),
            ("a/b..c", .doubled),
            ("org/name.git", .gitSuffix),
        ])
    func refused(name: String, problem: HubError.NameProblem) {
        #expect(hubError { try HubReference(name) } == .invalidName(name, problem))
    }

    @Test(
        "Revisions that would lead out of the cache are refused",
        arguments: [
            "", "../main", "refs/../../x", "/main", "main/", "a//b", ".lathe", "a b", "a\nb", "a\\b", "a:b", "x?y",
            "~1", "a\0b",
        ])
    func refusedRevision(revision: String) {
        #expect(hubError { try HubReference("org/name@" + revision) } == .invalidName(revision, .revision))
    }
}
