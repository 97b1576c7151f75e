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
    ],
    swiftLanguageModes: [.v6]
)
