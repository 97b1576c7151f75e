#!/usr/bin/env bash
# Runs models again and again and watches the process's memory: Scripts/soak.sh PROGRAM [CALLS]
#
# PROGRAM is a built `lathe`; 10,000 calls of each model unless told otherwise, and ten times as many short ones: a residual network, a BERT of two layers, and a
# GPT-2 of two layers that makes tokens, in floats and packed. The resident memory is read ten times a second. Exits with 1 where the third quarter of the readings
# has a higher median than the second by more than 256 kB; in the first and the last quarter programs start and end, and `bench decode` measures the memory itself.
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
    local name=$1 calls=$2 pid code=0 readings second third
    shift 2
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
    ((readings >= 16)) || { echo "FAILED: $name: $readings readings are too few; give more calls" >&2; exit 1; }
    second=$(sed -n "$((readings / 4 + 1)),$((readings / 2))p" "$work/rss" | median)
    third=$(sed -n "$((readings / 2 + 1)),$((readings * 3 / 4))p" "$work/rss" | median)
    echo "$name: $calls calls, resident memory $second kB, later $third kB ($readings readings)"
    ((third <= second + 256)) || { echo "FAILED: $name: memory grows" >&2; exit 1; }
}

soak "resnet20, floats" "$calls" forward --preset resnet20 --batch 1
soak "resnet20, 8 bits" "$calls" forward --preset resnet20 --batch 1 --weights w8a8
soak "bert, floats" "$((10 * calls))" forward --model "$work/bert-classifier" --batch 16 --seq 16
soak "bert, 4 bits" "$((10 * calls))" forward --model "$work/bert-classifier" --batch 16 --seq 16 --weights w4a8
soak "gpt2, floats" "$((10 * calls))" decode --model "$work/gpt2" --context 8
soak "gpt2, 4 bits" "$((10 * calls))" decode --model "$work/gpt2" --context 8 --weights w4a8
