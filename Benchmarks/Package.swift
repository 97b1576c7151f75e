// swift-tools-version: 6.1
import PackageDescription

// Benchmarks beside other libraries, in a package of their own, so that Lathe itself depends on none of them.
let package = Package(
    name: "LatheBenchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "Lathe", path: "..")],
    targets: [
        .systemLibrary(
            name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"]), .brew(["openblas"])]),
        .executableTarget(
            name: "gemm-beside-openblas",
            dependencies: ["COpenBLAS", .product(name: "Lathe", package: "Lathe")],
            resources: [.copy("Shapes/bert-base.txt")]),
    ],
    swiftLanguageModes: [.v6]
)
