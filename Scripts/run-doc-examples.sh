#!/usr/bin/env bash
# Runs the commands in the documentation: lines that begin with "$ " in blocks marked console, those of one file in one empty directory.
#
#     Scripts/run-doc-examples.sh PROGRAM [FILE...]
#
# Fails with the first command that does.
set -euo pipefail
program=$(realpath "$1")
shift
root=$(cd "$(dirname "$0")/.." && pwd)
if [ $# -eq 0 ]; then set -- "$root"/README.md "$root"/docs/*.md; fi
count=0
for file in "$@"; do
    place=$(mktemp -d)
    ln -s "$root/Examples" "$place/Examples"
    trap 'rm -rf "$place"' EXIT
    while IFS= read -r line; do
        printf '%s: %s\n' "$(basename "$file")" "$line"
        (cd "$place" && lathe() { "$program" "$@"; } && eval "$line") >"$place/.output" 2>&1 </dev/null || { cat "$place/.output"; exit 1; }
        count=$((count + 1))
    done < <(awk '/^```console$/ { on = 1; next } /^```/ { on = 0 } on && /^\$ / { print substr($0, 3) }' "$(realpath "$file")")
    rm -rf "$place"
done
echo "$count commands ran"
