// swift-tools-version: 6.1
import PackageDescription

/// The modules of Lathe from bottom to top, each with those that it stands on. A module may import these and all below
/// them; `.ci/run` builds with a check of that.
let modules: [(name: String, foundations: [String])] = [
    ("LatheFiles", []),
    ("LatheTensor", ["LatheKernels", "LatheFiles"]),
    ("LatheCheckpoints", ["LatheTensor"]),
    ("LatheTokenizers", ["LatheFiles"]),
    ("LatheHub", ["LatheFiles"]),
    ("LatheNN", ["LatheTensor"]),
    ("LathePacking", ["LatheNN", "LatheCheckpoints"]),
    ("LatheModels", ["LathePacking", "LatheTokenizers", "LatheHub"]),
    ("LatheTraining", ["LatheModels"]),
    ("LatheCompression", ["LatheTraining"]),
    ("LatheInference", ["LatheTraining"]),
    ("Lathe", ["LatheInference", "LatheCompression"]),
    ("LatheExport", ["LatheModels"]),
    ("LatheDigits", ["LatheTraining"]),
    ("LatheWorkflows", ["LatheDigits", "LatheCompression"]),
    ("LatheReport", ["LatheWorkflows"]),
    ("LatheDemo", ["LatheWorkflows"]),
    ("LatheCommandLine", ["LatheDemo", "LatheReport", "LatheExport", "LatheInference"]),
]

/// `names` with all modules below them. SwiftPM does not rebuild a target when a module changes that it imports only
/// through another one, and old code crashes with a changed layout.
func all(_ names: [String]) -> [String] {
    names.reduce(into: []) { found, name in
        let below = modules.first { $0.name == name }.map { all($0.foundations) } ?? []
        for module in [name] + below where !found.contains(module) { found.append(module) }
    }
}

func dependencies(_ names: String..., and others: [Target.Dependency] = []) -> [Target.Dependency] {
    all(names).map { .byName(name: $0) } + others
}

/// Products of other packages, and files that are not compiled.
let products: [String: [Target.Dependency]] = [
    "LatheExport": [.product(name: "SwiftProtobuf", package: "swift-protobuf")],
    "LatheCommandLine": [.product(name: "ArgumentParser", package: "swift-argument-parser")],
]
let excluded = ["LatheExport": ["ONNX/Protobuf/onnx.proto"]]

let testModels: [Target.Dependency] = ["LatheTestModels", "LatheTestFiles"]

/// The tests of each module. Those above the models take tiny models and runs from `LatheTestModels`.
let tests: [Target] = [
    .testTarget(name: "LatheKernelsTests", dependencies: ["LatheKernels", "LatheKernelAgreement", "LatheTestFiles"]),
    .testTarget(name: "LatheFilesTests", dependencies: dependencies("LatheTensor", and: ["LatheTestFiles"])),
    .testTarget(name: "LatheTensorTests", dependencies: dependencies("LatheTensor", and: ["LatheTestFiles"])),
    .testTarget(
        name: "LatheCheckpointsTests", dependencies: dependencies("LatheCheckpoints", and: ["LatheTestFiles"]),
        resources: [.copy("Resources")]),
    .testTarget(
        name: "LatheTokenizersTests", dependencies: dependencies("LatheTokenizers"),
        resources: [.copy("Resources")]),
    .testTarget(name: "LatheHubTests", dependencies: dependencies("LatheModels", and: ["LatheTestFiles"])),
    .testTarget(name: "LatheNNTests", dependencies: dependencies("LatheNN", and: ["LatheGolden"])),
    .testTarget(name: "LathePackingTests", dependencies: dependencies("LathePacking", and: ["LatheTestFiles"])),
    .testTarget(
        name: "LatheModelsTests", dependencies: dependencies("LatheWorkflows", and: testModels),
        resources: [.copy("Resources")]),
    .testTarget(name: "LatheTrainingTests", dependencies: dependencies("LatheWorkflows", and: testModels)),
    .testTarget(
        name: "LatheCompressionTests", dependencies: dependencies("LatheWorkflows", and: testModels + ["LatheGolden"]),
        resources: [.copy("Resources")]),
    .testTarget(
        name: "LatheInferenceTests", dependencies: dependencies("LatheInference", "LatheWorkflows", and: testModels)),
    .testTarget(name: "LatheTests", dependencies: dependencies("LatheWorkflows", "Lathe", and: testModels)),
    .testTarget(
        name: "LatheExportTests", dependencies: dependencies("LatheExport", "LatheWorkflows", and: testModels)),
    .testTarget(name: "LatheDigitsTests", dependencies: dependencies("LatheDigits")),
    .testTarget(name: "LatheWorkflowsTests", dependencies: dependencies("LatheWorkflows", and: testModels)),
    .testTarget(name: "LatheReportTests", dependencies: dependencies("LatheReport", and: testModels)),
    .testTarget(name: "LatheDemoTests", dependencies: dependencies("LatheDemo", and: testModels)),
    .testTarget(name: "LatheCommandLineTests", dependencies: dependencies("LatheCommandLine", and: testModels)),
]
let package = Package(
    name: "Lathe",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Lathe", targets: ["Lathe"]),
        .library(name: "LatheWorkflows", targets: ["LatheWorkflows"]),
        .library(name: "LatheExport", targets: ["LatheExport"]),
        .library(name: "LatheDigits", targets: ["LatheDigits"]),
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
        .target(name: "LatheAllocation"),
        .executableTarget(name: "lathe-cli", dependencies: dependencies("LatheCommandLine", and: ["LatheAllocation"])),
        .target(
            name: "LatheKernelAgreement", dependencies: ["LatheKernels"], path: "Tests/LatheKernelAgreement",
            exclude: ["main"]
        ),
        .executableTarget(
            name: "LatheFuzz", dependencies: dependencies("LatheReport", "LatheInference"), path: "Tests/LatheFuzz"),
        .target(name: "LatheTestFiles", dependencies: dependencies("LatheFiles"), path: "Tests/LatheTestFiles"),
        .target(
            name: "LatheTestModels", dependencies: dependencies("LatheWorkflows", and: ["LatheTestFiles"]),
            path: "Tests/LatheTestModels", resources: [.copy("Resources")]),
        .executableTarget(
            name: "LatheExampleData", dependencies: dependencies("LatheWorkflows", and: ["LatheTestModels"]),
            path: "Tests/LatheExampleData"),
        .target(
            name: "LatheGolden", dependencies: dependencies("LatheCheckpoints"), path: "Tests/LatheGolden",
            resources: [.copy("Resources")]),
    ]
        + modules.map {
            .target(
                name: $0.name,
                dependencies: all($0.foundations).map { .byName(name: $0) } + products[$0.name, default: []],
                exclude: excluded[$0.name, default: []])
        } + tests,
    swiftLanguageModes: [.v6]
)
