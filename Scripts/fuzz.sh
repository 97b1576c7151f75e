#!/usr/bin/env bash
# Feeds damaged files to every reader of files: Scripts/fuzz.sh [--sanitize address] [COUNT [READER…]]
#
# COUNT (1,000,000 unless told otherwise) is for each reader. A crash, a hang (2 s), or memory beyond 64 MiB and 40 times the
# input is printed as reader:number; the exit code is 1 then. The same number is the same input for the same seed:
#
#   LATHE_FUZZ_ONLY=pickle:1234 Scripts/fuzz.sh    reads that input alone, and says where it is kept
#   LATHE_FUZZ_SEED=7 Scripts/fuzz.sh 1000         makes other inputs
set -euo pipefail
cd "$(dirname "$0")/.."

options=(-c release -Xswiftc -enable-testing)
if [[ ${1:-} == --sanitize ]]; then
    options+=(--sanitize "$2" --scratch-path ".build-$2")
    # A sanitizer's own memory is beyond any limit.
    export LATHE_FUZZ_UNLIMITED=1
    export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=0:detect_stack_use_after_return=1}
    shift 2
fi
swift build "${options[@]}" --product LatheFuzz
# The same keys in the same order in each process.
export SWIFT_DETERMINISTIC_HASHING=1
exec "$(swift build "${options[@]}" --show-bin-path)/LatheFuzz" "$@"
