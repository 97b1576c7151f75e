// swift-tools-version: 6.1
import PackageDescription

// A package that depends on Lathe, as one of your own would: there, with the repository's address in place of the path.
let package = Package(
    name: "custom-family",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "Lathe", path: "../..")],
    targets: [
        .executableTarget(
            name: "custom-family",
            dependencies: [
                .product(name: "Lathe", package: "Lathe"), .product(name: "LatheWorkflows", package: "Lathe"),
            ])
    ],
    swiftLanguageModes: [.v6]
)
