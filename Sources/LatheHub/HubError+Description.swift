import LatheFiles

extension HubError {
    /// The message: the repository, file or address, what is wrong, and the cure.
    public var description: String {
        cure.map { "\(reason); \($0)" } ?? reason
    }

    /// What is wrong, and where.
    var reason: String {
        switch self {
        case .invalidName(let name, let problem): "\(MessageText.quoted(name)) \(problem)"
        case .invalidSetting(let variable, let value?, let expected):
            "\(variable): expected \(expected), got \(MessageText.quoted(value))"
        case .invalidSetting(let variable, nil, let expected): "\(variable): expected \(expected), got something else"
        case .noSuchDirectory(let path, _): "\(MessageText.plain(path)): no such directory"
        case .notDirectory(let path): "\(path): a file, not a directory"
        case .unauthorized(let repository, false):
            "\(repository): the hub shows no such repository without a token (401)"
        case .unauthorized(let repository, true):
            "\(repository): the hub does not take the token, or knows no such repository (401)"
        case .gated(let repository, _, _): "\(repository): its owners give access only to those who accept their terms"
        case .forbidden(let repository, nil): "\(repository): the hub refuses access (403)"
        case .forbidden(let repository, let message?):
            "\(repository): the hub refuses access (403): \(MessageText.quoted(message))"
        case .noSuchRepository(let repository): "\(repository): no such repository on the hub"
        case .noSuchRevision(let repository, let revision): "\(repository): no revision \(MessageText.quoted(revision))"
        case .noSuchFile(let reference, let file): "\(reference): no file \(MessageText.quoted(file))"
        case .noConfiguration(let reference): "\(reference): no config.json"
        case .noWeights(let reference, let expected):
            "\(reference): no weights; looked for \(expected.joined(separator: ", "))"
        case .offline(let reference, let cache):
            "\(reference): not in the cache \(cache), and HF_HUB_OFFLINE forbids to download it"
        case .connection(let url, let problem): "\(url): \(problem)"
        case .status(let url, 429, _): "\(url): too many requests (429)"
        case .status(let url, let code, _): "\(url): the server answers with status \(code)"
        case .gaveUp(let attempts, let last): "\(last.reason) (\(attempts) attempts)"
        case .tooManyRedirects(let url): "\(url): redirected over and over"
        case .unsafeRedirect(let url, let target):
            "\(url): redirected to \(MessageText.plain(target)), which is not HTTPS"
        case .malformedAnswer(let url, let problem): "\(url): not an answer of a hub: \(problem)"
        case .answerTooLarge(let url, let limit): "\(url): the answer has more than \(limit) bytes"
        case .unsafeFileName(let repository, let name):
            "\(repository): the file name \(MessageText.quoted(name)) leads out of the directory"
        case .unsafeETag(let file, let etag):
            "\(file): the server's ETag \(MessageText.quoted(etag)) cannot be a file name"
        case .wrongSize(let file, let expected, let got): "\(file): expected \(expected) bytes, got \(got)"
        case .wrongChecksum(let file, let expected, let got): "\(file): expected checksum \(expected), got \(got)"
        case .index(let problem): problem
        case .diskFull(let path, let needed, let available):
            "\(path): the download needs \(needed) more bytes, the disk has \(available)"
        case .io(let error): error.description
        }
    }

    /// What to do about it, where the reason does not say it already.
    private var cure: String? {
        let token =
            "set HF_TOKEN to a token from https://huggingface.co/settings/tokens, or log in with `hf auth login`"
        switch self {
        case .invalidName: return "name a directory, or a model as org/name or org/name@revision"
        case .invalidSetting: return "correct it, or remove it"
        case .noSuchDirectory(_, let nearest?): return "did you mean \(MessageText.plain(nearest))?"
        case .noSuchDirectory: return "name a directory with a model, or a model on the hub as org/name"
        case .notDirectory: return "name the directory that holds it"
        case .unauthorized(_, let hasToken):
            return
                "check the name; if it is private, \(hasToken ? "use a token of an account that may read it: \(token)" : token)"
        case .gated(_, let page, let hasToken):
            return "accept them at \(page) with your account"
                + (hasToken ? "; the token must be of that account" : ", then " + token)
        case .forbidden: return "use a token with the right to read this repository: \(token)"
        case .noSuchRepository: return "check the name; if a directory is meant, check its path"
        case .noSuchRevision: return "name a branch, a tag or a full commit hash of that repository"
        case .noSuchFile, .noConfiguration: return "check that it is a model in the format of transformers"
        case .noWeights: return "use a repository or revision that has one of them"
        case .offline: return "download it once with HF_HUB_OFFLINE and TRANSFORMERS_OFFLINE unset, or name a directory"
        case .connection(_, let problem): return problem.cure
        case .status(_, 429, _): return "wait some minutes, or \(token)"
        case .status(_, let code, _) where code >= 500: return "the server has a problem; try again later"
        case .status: return "check HF_ENDPOINT and proxies"
        case .gaveUp(_, let last): return last.cure
        case .tooManyRedirects, .unsafeRedirect, .malformedAnswer, .answerTooLarge:
            return "check HF_ENDPOINT, proxies, and whether the network asks for a login"
        case .unsafeFileName, .unsafeETag: return "do not use this repository or endpoint"
        case .wrongSize, .wrongChecksum: return "the download was removed; try again, and check proxies and HF_ENDPOINT"
        case .diskFull: return "free some space, or set HF_HUB_CACHE to a directory on another disk"
        case .index, .io: return nil
        }
    }
}

extension HubError.NameProblem: CustomStringConvertible {
    /// The end of a sentence that begins with the name.
    public var description: String {
        switch self {
        case .empty: "is no model's name: a part of it is empty"
        case .tooLong: "is no model's name: a part has more than 96 characters"
        case .character: "is no model's name: only ASCII letters, digits, '-', '_' and '.' may be in it"
        case .severalSlashes: "is no model's name: it has more than one slash"
        case .edge: "is no model's name: a part begins or ends with '-' or '.'"
        case .doubled: "is no model's name: '--' and '..' cannot be in it"
        case .gitSuffix: "is no model's name: it ends with '.git'"
        case .revision: "is no name of a revision"
        }
    }
}

extension HubError.ConnectionProblem {
    /// What happened, in a few words.
    public var description: String {
        switch self {
        case .cannotFindHost: "the server's name has no address"
        case .cannotConnect: "cannot connect"
        case .timedOut: "timed out"
        case .lost: "the connection was cut"
        case .insecure(let text): "no secure connection: \(text)"
        case .other(let text): "the connection failed: \(text)"
        }
    }

    fileprivate var cure: String {
        switch self {
        case .insecure: "check the clock, the system's certificates (ca-certificates), and proxies that replace them"
        case .cannotFindHost, .cannotConnect, .other:
            "check the network, HTTPS_PROXY and HF_ENDPOINT, or name a directory"
        case .timedOut: "check the network, or set HF_HUB_DOWNLOAD_TIMEOUT to more seconds"
        case .lost: "check the network and try again"
        }
    }
}
