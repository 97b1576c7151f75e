#!/usr/bin/env bash
# Runs every command with --json and makes sure that stdout is exactly one JSON object, and nothing else; of `embed`, one a line; when a command fails, too:
#     Scripts/check-json-output.sh PROGRAM EXAMPLE_DATA
#
# PROGRAM is a built `lathe`, EXAMPLE_DATA the built LatheExampleData, which makes tiny models and data. Needs jq.
set -euo pipefail

program=$(realpath "${1:?usage: Scripts/check-json-output.sh PROGRAM EXAMPLE_DATA}")
maker=$(realpath "${2:?usage: Scripts/check-json-output.sh PROGRAM EXAMPLE_DATA}")
command -v jq >/dev/null || { echo "jq is missing; install it" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"$maker" data >/dev/null
count=0

fail() { echo "FAILED: lathe $*" >&2; cat output errors >&2; exit 1; }

# Runs lathe with the arguments behind $1, the expected exit code, and $2, a jq filter that the object must satisfy. Standard input is the file `input`.
check() {
    local expected=$1 filter=$2 code=0
    shift 2
    "$program" "$@" <input >output 2>errors || code=$?
    [[ $code == "$expected" ]] || fail "$* --- exit code $code, expected $expected"
    jq -es 'length == 1 and (.[0] | type == "object")' output >/dev/null || fail "$* --- stdout is not one JSON object"
    jq -e "$filter" output >/dev/null || fail "$* --- the object is not as expected: $filter"
    count=$((count + 1))
}

# The names of the object's keys, in any order, contain these.
keys() { printf '. as $object | [%s] | all(. as $key | $object | has($key))' "$(printf '"%s",' "$@" | sed 's/,$//')"; }

: >input
check 0 "$(keys version isa cpu_features threads)" info --json
check 0 "$(keys out goal config)" config init --goal int8 --model data/bert --out w8a8.json --json
check 0 '.out == null and .config.compression_training != null' config init --goal 1bit --preset gpt2 --json
check 0 "$(keys goals bytes_before warnings)" plan --model data/bert --json
check 0 "$(keys layers bytes_before bytes_after warnings)" plan --model data/bert --config w8a8.json --json
check 0 "$(keys architecture parameters bytes files tensors not_finite)" inspect data/bert --json
check 0 "$(keys out metrics bytes seconds steps best_step)" train --model data/bert --task sst2 --train data/train.tsv --dev data/dev.tsv --steps 2 --batch 4 --out tuned --json
check 0 "$(keys task metrics examples)" eval --model tuned --task sst2 --data data/dev.tsv --json
check 0 "$(keys labels confusion standard_errors baseline)" eval --model tuned --data data/dev.tsv --confusion --json
check 0 "$(keys out metrics bytes seconds bytes_needed largest_difference rms_difference same_labels)" quantize --model tuned --out packed --json
check 0 "$(keys layers bytes_before bytes_after warnings)" plan --model tuned --goal int8 --json
check 0 "$(keys out bytes tensors files)" convert --model tuned --out converted --json
cp w8a8.json input
check 0 "$(keys out metrics before stages batch)" compress --model tuned --config - --task sst2 --train data/train.tsv --dev data/dev.tsv --steps 2 --batch 4 --out small --json
: >input
check 0 "$(keys out examples copies masked_words bytes seconds)" augment --model data/bert --task sst2 --data data/dev.tsv --out more.tsv --copies 1 --json
check 0 "$(keys out tokens vocabulary bytes)" tokenize --model data/gpt2 --data data/text.txt --out text.tokens --json
check 0 "$(keys text tokens prompt_tokens tokens_per_second stop)" generate --model data/gpt2 --prompt "The lathe" --max-tokens 4 --json
check 0 "$(keys group_by units)" sensitivity --model tuned --task sst2 --calibration data/dev.tsv --samples 4 --bits 8 --group-by block --out table.json --json
check 0 "$(keys out bytes bytes_before layers)" search --model tuned --task sst2 --calibration data/dev.tsv --samples 4 --sensitivity table.json --rounds 0 --size 0.9x --out mixed.json --json
check 0 "$(keys title runs models)" report tuned packed small --out report.html --json
check 0 "$(keys out format type bytes files)" export --model tuned --out tuned.onnx --json
check 0 "$(keys isa threads limits rows)" bench gemm --shape 2x8x8 --repeat 1 --json
check 0 "$(keys isa threads rows)" bench gemm --sparse --shape 2x8x8 --repeat 1 --json
check 0 "$(keys weights rows median_ms)" bench layer --batch 1 --seq 8 --hidden 16 --intermediate 32 --heads 2 --repeat 1 --json
check 0 "$(keys model median_ms)" bench forward --model data/bert --seq 8 --repeat 1 --json
check 0 "$(keys model median_ms tokens_per_second)" bench decode --model data/gpt2 --context 4 --repeat 1 --json
check 0 "$(keys model median_ms)" bench train-step --model tuned --seq 8 --repeat 1 --json
check 0 '.rows | length > 1' demo --quick --json

# Failures: of the work, of the arguments, and of arguments that were not even understood.
check 1 '.error.code == 1 and (.error.message | contains("no/such/model"))' eval --model no/such/model --task sst2 --data data/dev.tsv --json
check 1 '.error.code == 1' train --model data/bert --task sst2 --train missing.tsv --out never --json
check 1 '.error.code == 1' embed --model data/bert --texts missing.txt --json
check 2 '.error.code == 2 and (.error.message | contains("--learning-rate"))' train --lr 1 --json
check 2 '.error.code == 2 and (.error.message | contains("quantize"))' quantise --json
check 2 '.error.code == 2' bench forward --batch 0 --json

# One object a line.
printf 'a film\nanother\n\nthe last\n' >input
"$program" embed --model "data/encoder" --texts - --json <input >output 2>errors || fail "embed"
[[ $(wc -l <output) == 3 ]] || fail "embed --- expected 3 lines"
while IFS= read -r line; do printf '%s' "$line" | jq -e "$(keys tokens embedding)" >/dev/null || fail "embed --- a line is not one JSON object"; done <output
"$program" predict --model tuned --texts - --json <input >output 2>errors || fail "predict"
[[ $(wc -l <output) == 3 ]] || fail "predict --- expected 3 lines"
while IFS= read -r line; do printf '%s' "$line" | jq -e '.labels | length == 2 and .[0].score >= .[1].score' >/dev/null || fail "predict --- not labels, the likeliest first"; done <output
count=$((count + 2))

echo "$count commands printed JSON alone"
