#!/bin/sh
# Checks the kernels of another architecture without its hardware: compiles Sources/LatheKernels and Tests/LatheKernelAgreement for aarch64 and
# runs every agreement check of the portable and the NEON variant under an emulator. One line per failed check, a closing count, and
# exit status 1 if any failed. The emulated CPU has dot products and matrix multiplication (i8mm, bf16) where the emulator knows them; the
# checks run a second time on an older CPU without those, so that every line of the tile table is used.
#
# Usage: Scripts/test-neon.sh [BUILD_DIRECTORY]      (a temporary directory by default)
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
sysroot=/usr/aarch64-linux-gnu
missing=""
command -v clang > /dev/null || missing="$missing clang"
command -v aarch64-linux-gnu-gcc > /dev/null || missing="$missing gcc-aarch64-linux-gnu"
[ -d "$sysroot/include" ] || missing="$missing libc6-dev-arm64-cross"
command -v qemu-aarch64 > /dev/null || missing="$missing qemu-user"
if [ -n "$missing" ]; then
    echo "test-neon.sh needs these Debian packages: apt-get install$missing" >&2
    exit 2
fi

if [ $# -gt 0 ]; then
    build=$1
    mkdir -p "$build"
else
    build=$(mktemp -d)
    trap 'rm -rf "$build"' EXIT
fi

# Clang compiles, since the kernels use its per-function target attributes; the cross gcc links, since it knows where its libraries are.
# -nostdlibinc keeps the host's headers out.
kernels=$root/Sources/LatheKernels
agreement=$root/Tests/LatheKernelAgreement
flags="--target=aarch64-linux-gnu -O2 -D_GNU_SOURCE -nostdlibinc -isystem $sysroot/include -I$kernels -I$kernels/include -I$agreement -I$agreement/include"
objects="$build/objects.txt"
find "$kernels" "$agreement" -name '*.c' | sort | while read -r source; do
    object=$build/$(echo "${source#"$root"/}" | tr '/' '-').o
    echo "$object"
    # shellcheck disable=SC2086
    clang $flags -c "$source" -o "$object" || exit 1
done > "$objects" || { echo "test-neon.sh: compilation failed" >&2; exit 1; }
aarch64-linux-gnu-gcc -static -o "$build/agreement" @"$objects" -lm -lpthread

status=0
for cpu in max cortex-a53; do
    echo "$cpu:"
    qemu-aarch64 -cpu "$cpu" "$build/agreement" portable neon || status=1
done
exit $status
