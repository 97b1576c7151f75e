// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "Lathe",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Lathe", targets: ["Lathe"]),
        .library(name: "LatheInterchange", targets: ["LatheInterchange"]),
        .executable(name: "lathe", targets: ["lathe-cli"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    ],
    targets: [
        .target(
            name: "LatheKernels",
            cSettings: [.headerSearchPath("."), .define("_GNU_SOURCE", .when(platforms: [.linux]))]
        ),
        .target(name: "LatheTensor", dependencies: ["LatheKernels"]),
        .target(name: "LatheNN", dependencies: ["LatheTensor"]),
        // All that is imported, since the build does not look behind it: a changed module would leave old code behind.
        .target(name: "LatheRuntime", dependencies: ["LatheNN", "LatheTensor"]),
        .target(name: "LatheModels", dependencies: ["LatheRuntime", "LatheNN", "LatheTensor"]),
        .target(name: "LatheTasks", dependencies: ["LatheModels", "LatheRuntime", "LatheNN", "LatheTensor"]),
        .target(name: "LatheCompression", dependencies: ["LatheTasks", "LatheModels", "LatheRuntime", "LatheNN", "LatheTensor"]),
        .target(name: "LatheReport", dependencies: ["LatheCompression", "LatheTasks", "LatheModels", "LatheTensor"]),
        .target(name: "Lathe", dependencies: ["LatheCompression", "LatheReport"]),
        .target(
            name: "LatheInterchange",
            dependencies: ["LatheModels", "LatheRuntime", "LatheNN", "LatheTensor", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
            exclude: ["ONNX/Protobuf/onnx.proto"]
        ),
        .target(
            name: "LatheCommandLine",
            // All of what "Lathe" re-exports, since the build does not look behind it: a changed module would leave old code behind.
            dependencies: [
                "Lathe", "LatheCompression", "LatheInterchange", "LatheModels", "LatheNN", "LatheReport", "LatheRuntime", "LatheTasks",
                "LatheTensor",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .executableTarget(name: "lathe-cli", dependencies: ["LatheCommandLine"]),
        .target(
            name: "LatheKernelAgreement", dependencies: ["LatheKernels"], path: "Tests/LatheKernelAgreement", exclude: ["main"]
        ),
        .executableTarget(
            name: "LatheFuzz", dependencies: ["Lathe", "LatheCompression", "LatheModels", "LatheNN", "LatheRuntime", "LatheTasks", "LatheTensor"], path: "Tests/LatheFuzz"),
        .target(name: "LatheTestModels", dependencies: ["LatheTasks"], path: "Tests/LatheTestModels"),
        .executableTarget(name: "LatheExampleData", dependencies: ["LatheTestModels", "LatheTasks"], path: "Tests/LatheExampleData"),
        .testTarget(name: "LatheKernelsTests", dependencies: ["LatheKernels", "LatheKernelAgreement"]),
        .testTarget(name: "LatheTensorTests", dependencies: ["LatheTensor"], resources: [.copy("Resources")]),
        .target(name: "LatheGolden", dependencies: ["LatheTensor"], path: "Tests/LatheGolden", resources: [.copy("Resources")]),
        .testTarget(name: "LatheNNTests", dependencies: ["LatheNN", "LatheGolden"]),
        .testTarget(name: "LatheRuntimeTests", dependencies: ["LatheRuntime"]),
        .testTarget(name: "LatheModelsTests", dependencies: ["LatheModels"], resources: [.copy("Resources")]),
        .testTarget(name: "LatheTasksTests", dependencies: ["LatheTasks", "LatheTestModels"]),
        .testTarget(
            name: "LatheCompressionTests", dependencies: ["LatheCompression", "LatheGolden", "LatheTestModels"], resources: [.copy("Resources")]),
        .testTarget(name: "LatheReportTests", dependencies: ["LatheReport", "LatheTestModels"]),
        .testTarget(name: "LatheTests", dependencies: ["Lathe", "LatheCompression", "LatheModels", "LatheNN", "LatheRuntime", "LatheTasks", "LatheTensor"]),
        .testTarget(name: "LatheInterchangeTests", dependencies: ["LatheInterchange", "LatheTestModels"]),
        .testTarget(name: "LatheCommandLineTests", dependencies: ["LatheCommandLine", "LatheTestModels"]),
    ],
    swiftLanguageModes: [.v6]
)
