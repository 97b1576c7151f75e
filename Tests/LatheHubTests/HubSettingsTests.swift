import Foundation
import LatheHub
import LatheTestFiles
import Testing

@Suite("The environment's settings for the hub")
struct HubSettingsTests {
    /// Settings of a home without files.
    private func settings(_ variables: [String: String] = [:]) throws -> HubSettings {
        try HubSettings(environment: ["HOME": "/nowhere/lathe"].merging(variables) { $1 })
    }

    @Test("The cache is where huggingface_hub has it")
    func cache() throws {
        #expect(try settings().cacheDirectory == "/nowhere/lathe/.cache/huggingface/hub")
        #expect(try settings(["XDG_CACHE_HOME": "/x"]).cacheDirectory == "/x/huggingface/hub")
        #expect(try settings(["XDG_CACHE_HOME": "/x", "HF_HOME": "~/h"]).cacheDirectory == "/nowhere/lathe/h/hub")
        #expect(try settings(["HF_HOME": "/h", "HUGGINGFACE_HUB_CACHE": "/old"]).cacheDirectory == "/old")
        #expect(try settings(["HF_HUB_CACHE": "/c", "HF_HOME": "/h"]).cacheDirectory == "/c")
        #expect(try settings(["HF_HUB_CACHE": "", "HF_HOME": "/h"]).cacheDirectory == "/h/hub")
    }

    @Test(
        "Offline is what huggingface_hub takes for it",
        arguments: [
            (["HF_HUB_OFFLINE": "1"], true), (["HF_HUB_OFFLINE": "Yes"], true), (["TRANSFORMERS_OFFLINE": "on"], true),
            (["HF_HUB_OFFLINE": "0", "TRANSFORMERS_OFFLINE": "1"], false), (["HF_HUB_OFFLINE": "2"], false),
            ([:], false),
        ])
    func offline(variables: [String: String], expected: Bool) throws {
        #expect(try settings(variables).isOffline == expected)
    }

    @Test("The endpoint is an address without a slash at the end")
    func endpoint() throws {
        #expect(try settings().endpoint.absoluteString == "https://huggingface.co")
        #expect(
            try settings(["HF_ENDPOINT": "https://mirror.example/hub//"]).endpoint.absoluteString
                == "https://mirror.example/hub")
        for wrong in [
            "mirror.example", "ftp://mirror.example", "https://", "https://me:secret@mirror.example", "https://a?b",
        ] {
            let error = hubError { try settings(["HF_ENDPOINT": wrong]) }
            #expect(error?.description.hasPrefix("HF_ENDPOINT: expected an address") == true, "\(wrong)")
        }
    }

    @Test("The token comes from the variable, else from the file")
    func token() throws {
        let directory = try ScratchDirectory()
        defer { directory.remove() }
        try directory.write("hf_file\n", to: "token")
        #expect(try settings().token == nil)
        #expect(try settings(["HF_HOME": directory.path]).token == "hf_file")
        #expect(try settings(["HF_TOKEN_PATH": directory.path + "/token"]).token == "hf_file")
        #expect(try settings(["HF_TOKEN": " hf_variable\n", "HF_HOME": directory.path]).token == "hf_variable")
    }

    @Test("A token that would break a header is refused without being shown")
    func brokenToken() {
        let error = hubError { try settings(["HF_TOKEN": "hf_secret\r\nX-Evil: 1"]) }
        #expect(error?.description.hasPrefix("HF_TOKEN: expected a token") == true)
        #expect(error?.description.contains("secret") == false)
    }

    @Test("The time to wait is a number of seconds")
    func timeout() throws {
        #expect(try settings().timeout == 10)
        #expect(try settings(["HF_HUB_DOWNLOAD_TIMEOUT": "60"]).timeout == 60)
        #expect(hubError { try settings(["HF_HUB_DOWNLOAD_TIMEOUT": "soon"]) } != nil)
    }
}
