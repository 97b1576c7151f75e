import LatheFiles

/// Which commit a revision is, and the files in it, as `/api/models/…/revision/…` tells.
package struct HubListing {
    /// The full hash of the commit.
    package let commit: String
    /// The paths of the files within the repository; none leads out of a directory.
    package let files: Set<String>

    /// - Parameters: json: the answer; url: where it came from, for messages.
    package init(_ json: JSONValue, repository: String, url: String) throws(HubError) {
        guard let commit = json["sha"]?.string, HubReference.isCommit(commit) else {
            throw .malformedAnswer(url: url, problem: "\"sha\" is not the hash of a commit")
        }
        guard let siblings = json["siblings"]?.array else {
            throw .malformedAnswer(url: url, problem: "\"siblings\" is not a list of files")
        }
        var files: Set<String> = []
        for sibling in siblings {
            guard let name = sibling["rfilename"]?.string else {
                throw .malformedAnswer(url: url, problem: "\"siblings\" has an entry without \"rfilename\"")
            }
            guard HubCache.isSafePath(name) else { throw .unsafeFileName(repository: repository, name: name) }
            files.insert(name)
        }
        self.commit = commit
        self.files = files
    }
}
