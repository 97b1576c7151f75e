// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "Lathe",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Lathe", targets: ["Lathe"]),
        .executable(name: "lathe", targets: ["lathe-cli"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    ],
    targets: [
        .target(
            name: "LatheKernels",
            cSettings: [.headerSearchPath("."), .define("_GNU_SOURCE", .when(platforms: [.linux]))]
        ),
        .target(name: "LatheTensor", dependencies: ["LatheKernels"]),
        .target(name: "LatheNN", dependencies: ["LatheTensor"]),
        .target(name: "LatheRuntime", dependencies: ["LatheNN"]),
        .target(name: "LatheModels", dependencies: ["LatheRuntime"]),
        .target(name: "LatheTasks", dependencies: ["LatheModels"]),
        .target(name: "Lathe", dependencies: ["LatheTasks"]),
        .target(
            name: "LatheCommandLine",
            dependencies: [
                "Lathe",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .executableTarget(name: "lathe-cli", dependencies: ["LatheCommandLine"]),
        .target(
            name: "LatheKernelAgreement", dependencies: ["LatheKernels"], path: "Tests/LatheKernelAgreement", exclude: ["main"]
        ),
        .testTarget(name: "LatheKernelsTests", dependencies: ["LatheKernels", "LatheKernelAgreement"]),
        .testTarget(name: "LatheTensorTests", dependencies: ["LatheTensor"], resources: [.copy("Resources")]),
        .target(name: "LatheGolden", dependencies: ["LatheTensor"], path: "Tests/LatheGolden", resources: [.copy("Resources")]),
        .testTarget(name: "LatheNNTests", dependencies: ["LatheNN", "LatheGolden"]),
        .testTarget(name: "LatheRuntimeTests", dependencies: ["LatheRuntime"]),
        .testTarget(name: "LatheModelsTests", dependencies: ["LatheModels"], resources: [.copy("Resources")]),
        .testTarget(name: "LatheTasksTests", dependencies: ["LatheTasks"]),
        .testTarget(name: "LatheCommandLineTests", dependencies: ["LatheCommandLine"]),
    ],
    swiftLanguageModes: [.v6]
)
