#!/usr/bin/env bash
# Runs models again and again and watches the process's memory: Scripts/soak.sh PROGRAM [CALLS]
#
# PROGRAM is a built `lathe`; 10,000 calls of each model unless told otherwise: a residual network and a BERT of two layers, in floats and packed. The resident
# memory is read ten times a second. Exits with 1 where the last quarter of the readings has a higher median than the second by more than 1 MB: the time of
# each call is kept, and a sorted copy of the times: 16 bytes a call.
set -euo pipefail

program=${1:?usage: Scripts/soak.sh PROGRAM [CALLS]}
calls=${2:-10000}
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bert"
cp "$root"/Tests/LatheModelsTests/Resources/pretrained/bert-classifier/{config.json,model.safetensors} "$work/bert"

median() { sort -n | awk '{ v[NR] = $1 } END { print NR ? v[int((NR + 1) / 2)] : 0 }'; }

soak() {
    local name=$1 pid code=0 readings second last
    shift
    "$program" bench forward "$@" --repeat "$calls" >"$work/output" 2>&1 &
    pid=$!
    : >"$work/rss"
    while kill -0 "$pid" 2>/dev/null; do
        ps -o rss= -p "$pid" >>"$work/rss" 2>/dev/null || true
        sleep 0.1
    done
    wait "$pid" || code=$?
    [[ $code == 0 ]] || { cat "$work/output" >&2; echo "FAILED: $name: exit code $code" >&2; exit 1; }
    readings=$(wc -l <"$work/rss")
    ((readings >= 8)) || { echo "FAILED: $name: $readings readings are too few; give more calls" >&2; exit 1; }
    # The first quarter is the start.
    second=$(sed -n "$((readings / 4 + 1)),$((readings / 2))p" "$work/rss" | median)
    last=$(tail -n "$((readings / 4))" "$work/rss" | median)
    echo "$name: $calls calls, resident memory $second kB, later $last kB ($readings readings)"
    ((last <= second + 1000)) || { echo "FAILED: $name: memory grows" >&2; exit 1; }
}

soak "resnet20, floats" --preset resnet20 --batch 1
soak "resnet20, 8 bits" --preset resnet20 --batch 1 --weights w8a8
soak "bert, floats" --model "$work/bert" --batch 16 --seq 16
soak "bert, 4 bits" --model "$work/bert" --batch 16 --seq 16 --weights w4a8
