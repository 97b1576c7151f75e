// swift-tools-version: 6.1
import PackageDescription

// SwiftPM does not rebuild a target when a module changes that it imports only through another one, and old code
// crashes with a changed layout. Targets that are not part of a product therefore depend on every module below them.
let base: [Target.Dependency] = ["LatheTensor", "LatheNN", "LatheRuntime", "LatheModels"]
let tasks: [Target.Dependency] = base + ["LatheTasks"]
let compression: [Target.Dependency] = tasks + ["LatheCompression", "LatheReport", "Lathe"]

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
        .target(
            name: "LatheCompression",
            dependencies: ["LatheTasks", "LatheModels", "LatheRuntime", "LatheNN", "LatheTensor"]),
        .target(name: "LatheReport", dependencies: ["LatheCompression", "LatheTasks", "LatheModels", "LatheTensor"]),
        .target(name: "Lathe", dependencies: ["LatheCompression", "LatheReport"]),
        .target(
            name: "LatheInterchange",
            dependencies: [
                "LatheModels", "LatheRuntime", "LatheNN", "LatheTensor",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            exclude: ["ONNX/Protobuf/onnx.proto"]
        ),
        .target(
            name: "LatheCommandLine",
            // All of what "Lathe" re-exports, since the build does not look behind it: a changed module would leave old
            // code behind.
            dependencies: [
                "Lathe", "LatheCompression", "LatheInterchange", "LatheModels", "LatheNN", "LatheReport",
                "LatheRuntime", "LatheTasks",
                "LatheTensor",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]
        ),
        .target(name: "LatheAllocation"),
        .executableTarget(name: "lathe-cli", dependencies: ["LatheCommandLine", "LatheAllocation", "LatheTensor"]),
        .target(
            name: "LatheKernelAgreement", dependencies: ["LatheKernels"], path: "Tests/LatheKernelAgreement",
            exclude: ["main"]
        ),
        .executableTarget(
            name: "LatheFuzz", dependencies: compression, path: "Tests/LatheFuzz"),
        .target(name: "LatheTestModels", dependencies: tasks, path: "Tests/LatheTestModels"),
        .executableTarget(
            name: "LatheExampleData", dependencies: tasks + ["LatheTestModels"], path: "Tests/LatheExampleData"),
        .testTarget(name: "LatheKernelsTests", dependencies: ["LatheKernels", "LatheKernelAgreement"]),
        .testTarget(name: "LatheTensorTests", dependencies: ["LatheTensor"], resources: [.copy("Resources")]),
        .target(
            name: "LatheGolden", dependencies: ["LatheTensor"], path: "Tests/LatheGolden",
            resources: [.copy("Resources")]),
        .testTarget(name: "LatheNNTests", dependencies: ["LatheTensor", "LatheNN", "LatheGolden"]),
        .testTarget(name: "LatheRuntimeTests", dependencies: ["LatheTensor", "LatheNN", "LatheRuntime"]),
        .testTarget(name: "LatheModelsTests", dependencies: base, resources: [.copy("Resources")]),
        .testTarget(name: "LatheTasksTests", dependencies: tasks + ["LatheTestModels"]),
        .testTarget(
            name: "LatheCompressionTests", dependencies: compression + ["LatheGolden", "LatheTestModels"],
            resources: [.copy("Resources")]),
        .testTarget(name: "LatheReportTests", dependencies: compression + ["LatheTestModels"]),
        .testTarget(name: "LatheTests", dependencies: compression + ["LatheTestModels"]),
        .testTarget(name: "LatheInterchangeTests", dependencies: tasks + ["LatheInterchange", "LatheTestModels"]),
        .testTarget(
            name: "LatheCommandLineTests",
            dependencies: compression + ["LatheInterchange", "LatheCommandLine", "LatheTestModels"]),
    ],
    swiftLanguageModes: [.v6]
)
