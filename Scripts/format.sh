#!/usr/bin/env bash
# Formats the Swift code by .swift-format, with the formatter of the toolchain: Scripts/format.sh [--check]
#
# With --check, changes nothing and fails if something is not formatted.
set -euo pipefail
cd "$(dirname "$0")/.."
places=(Package.swift Sources Tests Examples Benchmarks)
if [[ ${1:-} == --check ]]; then
    exec swift format lint --strict --recursive --parallel "${places[@]}"
fi
exec swift format format --in-place --recursive --parallel "${places[@]}"
