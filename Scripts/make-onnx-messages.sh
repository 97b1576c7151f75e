#!/usr/bin/env bash
# Generates Sources/LatheExport/ONNX/Protobuf/onnx.pb.swift from onnx.proto beside it.
#
#     Scripts/make-onnx-messages.sh
#
# Needs protoc (Debian: protobuf-compiler), git and the network: the plugin is built from swift-protobuf, of the release that Package.swift names.
set -euo pipefail
release=$(sed -n 's/.*swift-protobuf", from: "\([0-9.]*\)".*/\1/p' "$(dirname "$0")/../Package.swift")
messages=$(cd "$(dirname "$0")/../Sources/LatheExport/ONNX/Protobuf" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
git clone --quiet --depth 1 --branch "$release" https://github.com/apple/swift-protobuf "$scratch/swift-protobuf"
swift build --package-path "$scratch/swift-protobuf" --product protoc-gen-swift
protoc --plugin="$scratch/swift-protobuf/.build/debug/protoc-gen-swift" --proto_path="$messages" --swift_out="$messages" "$messages/onnx.proto"
