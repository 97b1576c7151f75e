#!/usr/bin/env bash
# Builds the documentation of the libraries, Lathe with all modules that it re-exports, LatheWorkflows and LatheExport, as one static site. A warning is an error.
#
#     Scripts/build-docs.sh [--skip-build] [DIRECTORY]
#
# DIRECTORY is .build/documentation unless given; any web server shows it. --skip-build takes the modules as `swift build -c release` left them.
# A site that does not lie at the root of its server: HOSTING_BASE_PATH=lathe Scripts/build-docs.sh
set -euo pipefail
cd "$(dirname "$0")/.."
build=1
if [ "${1:-}" = --skip-build ]; then build=; shift; fi
site=${1:-.build/documentation}
if [ -n "$build" ]; then swift build -c release; fi
modules=$(swift build -c release --show-bin-path)/Modules
target=$(swift -print-target-info | sed -n 's/.*"triple": "\(.*\)",*/\1/p' | head -1)
sdk=$(xcrun --show-sdk-path 2>/dev/null || true)
docc=$(command -v docc || xcrun --find docc)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# symbols MODULE [RE-EXPORTED]: its public symbols, in a folder of its name.
symbols() {
    mkdir -p "$work/$1"
    swift symbolgraph-extract -module-name "$1" -target "$target" -minimum-access-level public -output-dir "$work/$1" -I "$modules" \
        -I Sources/LatheKernels/include ${sdk:+-sdk "$sdk"} ${2:+"-experimental-allowed-reexported-modules=$2"}
}

# archive MODULE [CATALOGUE]: the documentation of these symbols.
archive() {
    "$docc" convert ${2:+"$2"} --additional-symbol-graph-dir "$work/$1" --output-path "$work/$1.doccarchive" --fallback-display-name "$1" \
        --fallback-bundle-identifier "$1" --warnings-as-errors ${HOSTING_BASE_PATH:+--hosting-base-path "$HOSTING_BASE_PATH"}
}

exported=$(sed -n 's/^@_exported import //p' Sources/Lathe/Lathe.swift)
# Each by itself, since comments are checked more strictly there.
for module in $exported; do
    symbols "$module"
    archive "$module"
done
symbols Lathe "$(paste -sd, - <<<"$exported")"
archive Lathe Sources/Lathe/Lathe.docc
for module in LatheWorkflows LatheExport; do
    symbols "$module"
    archive "$module" "Sources/$module/$module.docc"
done
"$docc" merge "$work"/{Lathe,LatheWorkflows,LatheExport}.doccarchive --synthesized-landing-page-name Lathe --output-path "$work/site"
rm -rf "$site"
mkdir -p "$(dirname "$site")"
mv "$work/site" "$site"
printf 'documentation in %s\n' "$site"
