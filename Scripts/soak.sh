#!/usr/bin/env bash
# Runs models again and again and watches the process's memory: Scripts/soak.sh PROGRAM [CALLS]
#
# PROGRAM is a built `lathe`; 10,000 calls of each model unless told otherwise: a residual network, a BERT of two layers, and a GPT-2 of two layers that makes
# tokens, in floats and packed. The resident memory is read ten times a second. Exits with 1 where the last quarter of the readings has a higher median than the
# second by more than 256 kB.
set -euo pipefail

program=${1:?usage: Scripts/soak.sh PROGRAM [CALLS]}
calls=${2:-10000}
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for model in bert-classifier gpt2; do
    mkdir "$work/$model"
    cp "$root"/Tests/LatheModelsTests/Resources/pretrained/"$model"/{config.json,model.safetensors} "$work/$model"
done

median() { sort -n | awk '{ v[NR] = $1 } END { print NR ? v[int((NR + 1) / 2)] : 0 }'; }

soak() {
    local name=$1 pid code=0 readings second last
    shift
    "$program" bench "$@" --repeat "$calls" --json >"$work/output" 2>&1 &
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
    ((last <= second + 256)) || { echo "FAILED: $name: memory grows" >&2; exit 1; }
}

soak "resnet20, floats" forward --preset resnet20 --batch 1
soak "resnet20, 8 bits" forward --preset resnet20 --batch 1 --weights w8a8
soak "bert, floats" forward --model "$work/bert-classifier" --batch 16 --seq 16
soak "bert, 4 bits" forward --model "$work/bert-classifier" --batch 16 --seq 16 --weights w4a8
soak "gpt2, floats" decode --model "$work/gpt2" --context 8
soak "gpt2, 4 bits" decode --model "$work/gpt2" --context 8 --weights w4a8
