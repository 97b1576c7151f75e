#!/usr/bin/env bash
# Runs the tests under the address and the thread sanitizer: Scripts/sanitize.sh [address|thread] [swift test's options]
#
# Optimised, since the kernels take too long otherwise, and in build folders of their own.
set -euo pipefail
cd "$(dirname "$0")/.."

sanitizers=(address thread)
if [[ ${1:-} == address || ${1:-} == thread ]]; then
    sanitizers=("$1")
    shift
fi
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_stack_use_after_return=1}
export LSAN_OPTIONS=${LSAN_OPTIONS:-suppressions=$PWD/Scripts/leak-sanitizer.supp}
export TSAN_OPTIONS=${TSAN_OPTIONS:-suppressions=$PWD/Scripts/thread-sanitizer.supp}
for sanitizer in "${sanitizers[@]}"; do
    printf '\n== %s sanitizer\n' "$sanitizer"
    # No test uses XCTest, whose runner leaks a little.
    swift test -c release --disable-xctest --sanitize "$sanitizer" --scratch-path ".build-$sanitizer" "$@"
done
