import Foundation

/// Where models are kept and where they come from, as the environment says; the variables are those of huggingface_hub.
package struct HubSettings: Equatable, Sendable {
    /// The directory of the cache: `HF_HUB_CACHE`, `HF_HOME`/hub, `XDG_CACHE_HOME`/huggingface/hub, or
    /// `~/.cache/huggingface/hub`.
    package var cacheDirectory: String
    /// The hub's address without a slash at the end: `HF_ENDPOINT`, or `https://huggingface.co`.
    package var endpoint: URL
    /// The secret that opens private and gated models: `HF_TOKEN`, or what the file `HF_TOKEN_PATH` or `HF_HOME`/token
    /// holds.
    package var token: String?
    /// Whether nothing may be asked of the network: `HF_HUB_OFFLINE` or `TRANSFORMERS_OFFLINE`.
    package var isOffline: Bool
    /// How long to wait for the next bytes, in seconds: `HF_HUB_DOWNLOAD_TIMEOUT`, or 10.
    package var timeout: Double

    /// Reads the settings; an empty variable counts as not set.
    /// - Throws: `HubError.invalidSetting` where a variable has an impossible value, `HubError.io` where the token's
    ///   file cannot be read.
    package init(environment: [String: String] = ProcessInfo.processInfo.environment) throws(HubError) {
        func value(_ names: String...) -> String? {
            names.lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
        }
        let home = value("HOME") ?? NSHomeDirectory()
        func path(_ names: String...) -> String? {
            guard let path = names.lazy.compactMap({ value($0) }).first else { return nil }
            return path == "~" || path.hasPrefix("~/") ? home + path.dropFirst() : path
        }
        let hubHome = path("HF_HOME") ?? (path("XDG_CACHE_HOME") ?? home + "/.cache") + "/huggingface"
        cacheDirectory = path("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE") ?? hubHome + "/hub"
        endpoint = try Self.endpoint(value("HF_ENDPOINT") ?? "https://huggingface.co")
        token = try Self.token(
            value("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"), path: path("HF_TOKEN_PATH") ?? hubHome + "/token")
        let offline = value("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE") ?? ""
        isOffline = ["1", "on", "yes", "true"].contains(offline.lowercased())
        timeout = try Self.timeout(value("HF_HUB_DOWNLOAD_TIMEOUT"))
    }

    private static func endpoint(_ text: String) throws(HubError) -> URL {
        let trimmed = String(text.reversed().drop { $0 == "/" }.reversed())
        guard let url = URL(string: trimmed), ["http", "https"].contains(url.scheme?.lowercased()),
            url.host?.isEmpty == false, url.user == nil, url.query == nil, url.fragment == nil
        else {
            throw .invalidSetting(
                variable: "HF_ENDPOINT", value: text, expected: "an address such as https://huggingface.co")
        }
        return url
    }

    private static func timeout(_ text: String?) throws(HubError) -> Double {
        guard let text else { return 10 }
        guard let seconds = Int(text), (1...86_400).contains(seconds) else {
            throw .invalidSetting(
                variable: "HF_HUB_DOWNLOAD_TIMEOUT", value: text, expected: "a whole number of seconds from 1 to 86400")
        }
        return Double(seconds)
    }

    /// The token in the variable, else in the file, else nil.
    private static func token(_ variable: String?, path: String) throws(HubError) -> String? {
        var source = "HF_TOKEN"
        var token = variable ?? ""
        if variable == nil {
            guard let text = try CacheFiles.text(at: path, limit: 1 << 16) else { return nil }
            (source, token) = (path, text)
        }
        token = token.trimmingCharacters(in: .whitespacesAndNewlines)
        guard token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw .invalidSetting(
                variable: source, value: nil, expected: "a token of plain letters and digits, like hf_…")
        }
        return token.isEmpty ? nil : token
    }
}
