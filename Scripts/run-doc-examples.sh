#!/usr/bin/env bash
# Runs the commands in the documentation: lines that begin with "$ " in blocks marked console, those of one file in one empty directory.
#
#     Scripts/run-doc-examples.sh [--update] PROGRAM [FILE...]
#
# Fails with the first command that does. With --update, what a command prints on stdout replaces what stands below it in FILE. Programs that stand beside
# PROGRAM can be called by their names.
set -euo pipefail
update=
if [ "$1" = --update ]; then update=1; shift; fi
PATH=$(dirname "$(realpath "$1")"):$PATH
shift
root=$(cd "$(dirname "$0")/.." && pwd)
if [ $# -eq 0 ]; then set -- "$root"/README.md "$root"/docs/*.md "$root"/Examples/*/README.md; fi
count=0
for file in "$@"; do
    place=$(mktemp -d)
    ln -s "$root/Examples" "$place/Examples"
    trap 'rm -rf "$place"' EXIT
    name=${file#"$root"/}
    inside=
    while IFS= read -r line || [ -n "$line" ]; do
        case $line in
        '```console') inside=1 ;;
        '```'*) inside= ;;
        esac
        if [ -n "$inside" ] && [ "${line#\$ }" != "$line" ]; then
            printf '%s: %s\n' "$name" "${line#\$ }"
            (cd "$place" && eval "${line#\$ }") >"$place/.output" 2>"$place/.errors" </dev/null || { cat "$place/.output" "$place/.errors"; exit 1; }
            printf '%s\n' "$line" >>"$place/.updated"
            cat "$place/.output" >>"$place/.updated"
            count=$((count + 1))
        elif [ -z "$inside" ] || [ "$line" = '```console' ]; then
            printf '%s\n' "$line" >>"$place/.updated"
        fi
    done <"$file"
    if [ -n "$update" ]; then cat "$place/.updated" >"$file"; fi
    rm -rf "$place"
done
echo "$count commands ran"
