import LatheFiles

/// An object of JSON with comments before its members.
struct CommentedJSON {
    /// What a member holds.
    indirect enum Value {
        /// On one line.
        case plain(JSONValue)
        /// A member a line.
        case object(CommentedJSON)
    }

    struct Member {
        let key: String
        let value: Value
        /// One line each.
        let comments: [String]
    }

    private(set) var members: [Member] = []

    mutating func add(_ key: String, _ value: JSONValue, _ comments: String...) {
        members.append(Member(key: key, value: .plain(value), comments: comments))
    }

    mutating func add(_ key: String, _ value: CommentedJSON, _ comments: String...) {
        members.append(Member(key: key, value: .object(value), comments: comments))
    }

    /// The same without comments.
    var json: JSONValue {
        .object(
            members.map { member in
                switch member.value {
                case .plain(let value): .init(member.key, value)
                case .object(let value): .init(member.key, value.json)
                }
            })
    }

    /// The text, with or without comments, without a final line break.
    func text(hasComments: Bool, depth: Int = 0) -> String {
        let indent = String(repeating: "  ", count: depth + 1)
        let lines = members.map { member -> String in
            let value =
                switch member.value {
                case .plain(let value): value.text(.spaced)
                case .object(let value): value.text(hasComments: hasComments, depth: depth + 1)
                }
            let comments = hasComments ? member.comments.map { indent + "// " + $0 + "\n" }.joined() : ""
            return comments + indent + JSONValue.quoted(member.key) + ": " + value
        }
        return "{\n" + lines.joined(separator: ",\n") + "\n" + String(repeating: "  ", count: depth) + "}"
    }
}
